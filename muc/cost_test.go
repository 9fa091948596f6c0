package muc

import (
	"context"
	"fmt"
	"testing"

	"myna/storage"
	"myna/xmpp/ns"
)

// reading notes that an archive is read.
type reading struct {
	Archive
	t *testing.T
}

// Query must not be called.
func (r *reading) Query(ctx context.Context, q storage.Query) ([]storage.Record, storage.Page, error) {
	r.t.Error("the archive was read")
	return r.Archive.Query(ctx, q)
}

// Whoever has a room read in which nobody is, or asks for a long list, pays for that; who may not enter has nothing else read.
func TestReadingIsPaidFor(t *testing.T) {
	w := newWorld(t, func(o *Options) { o.Archive = &reading{o.Archive, t} })
	people := []Person{w.person("a", "A", Admin)}
	for i := range 200 {
		people = append(people, w.person(fmt.Sprint("u", i), "", Member))
	}
	room := w.group(Spec{}, people...)
	a, x := w.client("a@example.net/1"), w.client("x@example.net/1")
	x.join(room.String(), "X")
	x.until("<registration-required")
	if got := x.paid.Load(); got < 200/rowsOfNotice {
		t.Errorf("to have a room read costs %d copies", got)
	}
	a.send(`<iq type="get" id="list" to="%s"><query xmlns="%s"><item affiliation="member"/></query></iq>`, room, ns.MUCAdmin)
	a.until(`id="list"`, `type="result"`)
	if got := a.paid.Load(); got < 2*200/rowsOfNotice {
		t.Errorf("a list costs %d copies", got)
	}
	before := a.paid.Load()
	a.send(`<iq type="get" id="p" to="%s"><ping xmlns="urn:xmpp:ping"/></iq>`, room)
	a.until(`id="p"`)
	if got := a.paid.Load() - before; got < 200/rowsOfNotice {
		t.Errorf("to have a room read again costs %d copies", got)
	}
}

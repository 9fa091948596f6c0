package archive

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func started() *retractions {
	l := &retractions{}
	l.start()
	return l
}

// Who retracts much waits for it, and nobody else does.
func TestRetractionsTakeTurns(t *testing.T) {
	mallory, juliet, romeo := jid(t, "mallory@example.net"), jid(t, "juliet@example.net"), jid(t, "romeo@example.net")
	l := started()
	for i := range 2 * maxOfAuthor {
		if ok := l.put(mallory, retraction{owner: romeo, id: strconv.Itoa(i)}); ok != (i < maxOfAuthor) {
			t.Fatalf("retraction %d of one author is taken: %v", i, ok)
		}
	}
	if !l.put(juliet, retraction{owner: romeo, id: "juliet's"}) {
		t.Fatal("that of another author is not taken")
	}
	var order []string
	for range 3 {
		r, _ := l.next()
		order = append(order, r.id)
	}
	if got := strings.Join(order, " "); got != "0 juliet's 1" {
		t.Errorf("the order is %q", got)
	}
}

// Where there is no room, who has most loses some, whoever comes.
func TestRetractionsWithoutRoom(t *testing.T) {
	romeo, juliet := jid(t, "romeo@example.net"), jid(t, "juliet@example.net")
	l := started()
	for i := range maxRetractions {
		l.put(jid(t, "mallory"+strconv.Itoa(i/maxOfAuthor)+"@example.net"), retraction{owner: romeo})
	}
	if l.n != maxRetractions {
		t.Fatalf("%d are taken", l.n)
	}
	if l.put(jid(t, "mallory0@example.net"), retraction{owner: romeo}) {
		t.Error("who has most gets more")
	}
	if !l.put(juliet, retraction{owner: juliet}) || l.n != maxRetractions {
		t.Errorf("who has none gets none, %d wait", l.n)
	}
	for r, ok := l.next(); ok; r, ok = l.next() {
		l.end(&r)
	}
	if l.n != 0 || len(l.authors)+len(l.turns)+len(l.open) != 0 {
		t.Errorf("left: %d, %d authors, %d turns, %d archives", l.n, len(l.authors), len(l.turns), len(l.open))
	}
}

// Who reads an archive waits for what was retracted before, not for what comes meanwhile, and not for long.
func TestReadersWaitForRetractions(t *testing.T) {
	juliet, romeo := jid(t, "juliet@example.net"), jid(t, "romeo@example.net")
	synctest.Test(t, func(t *testing.T) {
		a := &Archive{Options: Options{Logger: slog.New(slog.DiscardHandler)}}
		l := &a.retractions
		l.start()
		l.put(romeo, retraction{owner: juliet, id: "before"})
		done := make(chan bool, 1)
		go func() { done <- l.wait(t.Context(), juliet) }()
		synctest.Wait()
		l.put(romeo, retraction{owner: juliet, id: "meanwhile"})
		if len(done) != 0 {
			t.Error("it was not waited for")
		}
		r, _ := l.next()
		l.end(&r)
		if !<-done {
			t.Error("the wait has ended for another reason")
		}
		if len(l.open[juliet]) != 1 {
			t.Error("what came meanwhile is over")
		}
		begin := time.Now()
		a.unretracted(t.Context(), juliet) // nobody carries it out
		if took := time.Since(begin); took != retractTime {
			t.Errorf("a reader waits for %v", took)
		}
	})
}

// reading counts what is read of an archive.
type reading struct {
	Store
	records, bytes int
}

func (r *reading) Query(ctx context.Context, q storage.Query) ([]storage.Record, storage.Page, error) {
	list, page, err := r.Store.Query(ctx, q)
	r.records += len(list)
	for i := range list {
		r.bytes += len(list[i].Stanza)
	}
	return list, page, err
}

// A retraction of what is nowhere costs little, however much there is.
func TestRetractionOfNothing(t *testing.T) {
	juliet, romeo := jid(t, "juliet@example.net"), jid(t, "romeo@example.net/a")
	counted := &reading{}
	a := newTest(t, func(o *Options) { counted.Store, o.Store = o.Store, counted })
	var list []storage.Entry
	message := func(id string, size int) storage.Entry {
		return storage.Entry{Owner: juliet, Peer: romeo, Kind: xmpp.TypeChat, Origin: id,
			Stanza: []byte(`<message xmlns="jabber:client" id="` + id + `"><body>` + strings.Repeat("x", size) + `</body></message>`)}
	}
	list = append(list, message("old", 10))
	for i := range 30 {
		list = append(list, message("m"+strconv.Itoa(i), 100_000))
	}
	for range 30 {
		list = append(list, message("short", 10))
	}
	ids, err := a.Store.Append(t.Context(), list...)
	if err != nil {
		t.Fatal(err)
	}
	find := func(id string, before int64) *storage.Record {
		t.Helper()
		counted.records, counted.bytes = 0, 0
		rec, err := a.retracted(t.Context(), &retraction{owner: juliet, peer: romeo, id: id, at: (&storage.Record{ID: before}).Time()})
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	if rec := find("none", ids[len(ids)-1]); rec != nil || counted.records > retractPage {
		t.Errorf("%v is found, after %d messages", rec, counted.records)
	}
	if rec := find("none", ids[31]); rec != nil || counted.bytes > retractBytes {
		t.Errorf("%v is found, after %d bytes", rec, counted.bytes)
	}
	if rec := find("old", ids[len(ids)-1]); rec == nil || rec.ID != ids[0] || counted.records != 1 {
		t.Errorf("what its author calls so is not found: %v, after %d messages", rec, counted.records)
	}
}

package blocking

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"myna/config"
	"myna/hook"
	"myna/storage/sqlite"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// Of one request a few reports are passed on (XEP-0377 § 6).
func TestReportsOfOneRequest(t *testing.T) {
	n := 0
	b := &Blocking{Report: func(context.Context, xmpp.JID, xmpp.JID, *xmpp.Element) { n++ }}
	item := `<item jid="a@example.org"><report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam"/></item>`
	e, err := xmpp.ParseElement([]byte(`<block xmlns="urn:xmpp:blocking">`+strings.Repeat(item, 3000)+`</block>`), "")
	if err != nil {
		t.Fatal(err)
	}
	b.report(t.Context(), &hook.Request{Payload: e}, make([]xmpp.JID, 3000))
	if n != maxReports {
		t.Errorf("%d reports are passed on", n)
	}
}

// walks counts how often the contacts are looked at.
type walks struct{ gone, come, contacts int }

func (w *walks) GoOffline(_ xmpp.JID, contacts ...xmpp.JID) { w.gone++; w.contacts += len(contacts) }
func (w *walks) ComeOnline(_ xmpp.JID, contacts ...xmpp.JID) {
	w.come++
	w.contacts -= len(contacts)
}

// However many addresses are blocked or not any more, the contacts are gone through once.
func TestOneWalk(t *testing.T) {
	const many = 3000
	w := &walks{}
	owner, err := xmpp.ParseJID("romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	b := New(config.NewOptions(DefaultConfig()), sqlite.Temp(t), router.New(t.Context(), router.Options{Registry: hook.NewRegistry()}), w)
	request := func(local string) *hook.Request {
		e := xmpp.El(ns.Blocking, local)
		for i := range many {
			e.Add(xmpp.El(ns.Blocking, "item").Set("jid", fmt.Sprintf("d%d.example", i)))
		}
		return &hook.Request{Stanza: &xmpp.Stanza{From: owner}, Owner: owner, Payload: e}
	}
	if _, err := b.block(t.Context(), request("block")); err != nil || w.gone != 1 || w.contacts != many {
		t.Errorf("%v, %d times, %d contacts", err, w.gone, w.contacts)
	}
	if _, err := b.unblock(t.Context(), request("unblock")); err != nil || w.come != 1 || w.contacts != 0 {
		t.Errorf("%v, %d times, %d contacts left", err, w.come, w.contacts)
	}
}

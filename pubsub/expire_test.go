package pubsub

import (
	"strings"
	"testing"
	"time"

	"myna/xmpp/ns"
)

const romeo, juliet = "romeo@example.net/phone", "juliet@example.net/balcony"

// A lease is never longer than a year, ends by itself, and the subscriber hears of both (XEP-0060 § 12.19).
func TestLease(t *testing.T) {
	w := newWorld(t)
	e := w.listen(juliet)
	w.must(romeo, "set", ns.PubSub, `<create node="n"/>`)
	subscribe := func(end string) string {
		return w.must(juliet, "set", ns.PubSub, `<subscribe node="n" jid="juliet@example.net"/><options>`+
			formOf(ns.PubSubSubscribe, optionExpire, end)+`</options>`)
	}
	if got := subscribe("2036-01-01T00:00:00Z"); !strings.Contains(got, "<value>2027-01-02T00:00:00Z</value>") {
		t.Errorf("ten years: %s", got)
	}
	w.must(juliet, "set", ns.PubSub, `<unsubscribe node="n" jid="juliet@example.net"/>`)
	heard(t, e, `subscription="none"`)
	subscribe("2026-01-03T00:00:00Z")
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{
		{23 * time.Hour, nil},
		{time.Hour, nil},
		{sweep, []string{`expiry="2026-01-03T00:00:00Z"`}},
		{sweep, nil}, // said once
		{24 * time.Hour, []string{`subscription="none"`}},
	} {
		w.now = w.now.Add(step.after)
		if err := w.sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		heard(t, e, step.want...)
	}
	if list, err := w.Store.Subscriptions(t.Context(), w.jid("pubsub.example.net"), "n"); err != nil || len(list) != 0 {
		t.Errorf("left: %v, %v", list, err)
	}
}

// Who unsubscribes too late, or asks meanwhile, has no subscription any more, whether it was swept or not.
func TestLeaseIsOver(t *testing.T) {
	w := newWorld(t)
	e := w.listen(juliet)
	w.must(romeo, "set", ns.PubSub, `<create node="n"/>`)
	w.must(juliet, "set", ns.PubSub, `<subscribe node="n" jid="juliet@example.net"/><options>`+formOf(ns.PubSubSubscribe, optionExpire, "2026-01-01T01:00:00Z")+`</options>`)
	w.now = w.now.Add(time.Hour)
	w.must(romeo, "set", ns.PubSub, `<publish node="n"><item id="1"><a xmlns="b"/></item></publish>`)
	heard(t, e, `subscription="none"`)
	if got := w.must(juliet, "get", ns.PubSub, `<subscriptions/>`); strings.Contains(got, "jid=") {
		t.Error(got)
	}
}

// Items that are too old are not shown, and then they are removed (pubsub#item_expire).
func TestItemsExpire(t *testing.T) {
	w := newWorld(t)
	e := w.listen(juliet)
	w.must(romeo, "set", ns.PubSub, `<create node="n"/><configure>`+formOf(ns.PubSubConfig, fieldItemExpire, "3600")+`</configure>`)
	w.must(juliet, "set", ns.PubSub, `<subscribe node="n" jid="juliet@example.net"/>`)
	for _, id := range []string{"old", "new"} {
		w.now = w.now.Add(40 * time.Minute)
		w.must(romeo, "set", ns.PubSub, `<publish node="n"><item id="`+id+`"><a xmlns="b"/></item></publish>`)
	}
	heard(t, e, `id="old"`, `id="new"`)
	show := func() string { return w.must(romeo, "get", ns.PubSub, `<items node="n"/>`) }
	if got := show(); !strings.Contains(got, "old") || !strings.Contains(got, "new") {
		t.Error(got)
	}
	w.now = w.now.Add(30 * time.Minute)
	if got := show(); strings.Contains(got, "old") || !strings.Contains(got, "new") {
		t.Error(got)
	}
	if err := w.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	heard(t, e, `<retract id="old"/>`)
	if n, err := w.Store.CountItems(t.Context(), w.jid("pubsub.example.net"), "n"); err != nil || n != 1 {
		t.Errorf("%d items, %v", n, err)
	}
	w.now = w.now.Add(time.Hour)
	w.must(juliet, "set", ns.PubSub, `<unsubscribe node="n" jid="juliet@example.net"/>`)
	w.must(juliet, "set", ns.PubSub, `<subscribe node="n" jid="juliet@example.net"/>`)
	heard(t, e, `subscription="none"`) // and not the last item, which is too old
}

// Who sends back an error for good is no subscriber any more (XEP-0060 § 12.4).
func TestBounce(t *testing.T) {
	w := newWorld(t)
	w.must(romeo, "set", ns.PubSub, `<create node="n"/>`)
	e, other := w.listen(juliet), w.listen("nurse@example.net/x")
	for _, who := range []string{juliet, "nurse@example.net/x"} {
		bare, _, _ := strings.Cut(who, "/")
		w.must(who, "set", ns.PubSub, `<subscribe node="n" jid="`+bare+`"/>`)
	}
	publish := func() string {
		w.must(romeo, "set", ns.PubSub, `<publish node="n"><item id="1"><a xmlns="b"/></item></publish>`)
		heard(t, other, `id="1"`)
		got := e.take()
		if len(got) == 0 {
			return ""
		}
		_, id, _ := strings.Cut(got[0], ` id="`)
		id, _, _ = strings.Cut(id, `"`)
		return id
	}
	id, at := publish(), w.jid("pubsub.example.net")
	for _, b := range []bounce{{at, w.jid("romeo@example.net"), id}, {at, w.jid("juliet@example.net"), "another"}} {
		if err := w.undelivered(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	if id = publish(); id == "" {
		t.Fatal("somebody else's error has ended the subscription")
	}
	if err := w.undelivered(t.Context(), bounce{at, w.jid("juliet@example.net"), id}); err != nil {
		t.Fatal(err)
	}
	if publish() != "" {
		t.Error("still a subscriber")
	}
	for range maxSent + 10 {
		w.bounces.sent("x", "n")
	}
	if len(w.bounces.nodes) > maxSent {
		t.Errorf("%d notifications are remembered", len(w.bounces.nodes))
	}
}

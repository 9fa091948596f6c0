package commands

import (
	"context"
	"encoding/json"
	"strconv"
	"testing"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// client is a session of which commands only see the address.
type client struct {
	hook.Session
	jid xmpp.JID
}

func (c client) JID() xmpp.JID { return c.jid }

// bench is a module with one user, and a clock that the test moves.
type bench struct {
	*Commands
	now time.Time
}

func newBench() *bench {
	b := &bench{now: time.Unix(1e9, 0)}
	b.Commands = New(Options{
		Account:     func(j xmpp.JID) (storage.Account, bool) { return storage.Account{JID: j}, true },
		Sessions:    func(xmpp.JID) []hook.Session { return nil },
		Limited:     func(hook.Session) bool { return false },
		SetPassword: func(context.Context, xmpp.JID, string) error { return nil },
		Do:          func(context.Context, Actor, string, any) (json.RawMessage, error) { return nil, nil },
		Now:         func() time.Time { return b.now }, Secret: []byte("secret"),
	})
	return b
}

// ask sends a command of lan's client.
func (b *bench) ask(t *testing.T, resource, session, action string) (*xmpp.Element, error) {
	t.Helper()
	full, err := xmpp.NewJID("lan", "example.com", resource)
	if err != nil {
		t.Fatal(err)
	}
	e := xmpp.El(ns.Commands, "command").Set("node", "myna:password")
	if session != "" {
		e.Set("sessionid", session)
	}
	if action != "" {
		e.Set("action", action)
	}
	q := &hook.Request{Stanza: &xmpp.Stanza{Kind: xmpp.IQ, Type: xmpp.TypeSet, From: full}, Payload: e, Session: client{jid: full}, Owner: full.Bare()}
	return b.take(hook.Account)(t.Context(), q)
}

func condition(t *testing.T, err error, local string) {
	t.Helper()
	e, seen := xmpp.ErrorElement(err)
	if !seen || e.Child(ns.Commands, local) == nil && e.Child(ns.Stanzas, local) == nil {
		t.Errorf("got %v, want %s", e, local)
	}
}

// Sessions time out, those of one client are counted, and they end with their client (§ 3.3).
func TestSessionsAreBounded(t *testing.T) {
	b := newBench()
	var ids []string
	for range perClient {
		e, err := b.ask(t, "phone", "", "")
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, e.Attr("sessionid"))
	}
	b.now = b.now.Add(time.Second)
	for _, id := range ids[1:] { // gone on with since
		if _, err := b.ask(t, "phone", id, "prev"); err == nil {
			t.Error("there is something before the first form")
		}
	}
	if _, err := b.ask(t, "phone", "", ""); err != nil { // in the place of the oldest
		t.Error(err)
	}
	_, err := b.ask(t, "phone", ids[0], "cancel")
	condition(t, err, "session-expired")
	if _, err := b.ask(t, "desk", "", ""); err != nil {
		t.Error("another client is kept out:", err)
	}
	if _, err := b.ask(t, "phone", ids[1], "cancel"); err != nil {
		t.Error(err)
	}
	if _, err := b.ask(t, "phone", "", ""); err != nil {
		t.Error(err)
	}
	b.now = b.now.Add(lifetime + time.Second)
	_, err = b.ask(t, "phone", ids[2], "")
	condition(t, err, "session-expired")
	if _, err := b.ask(t, "phone", "", ""); err != nil {
		t.Error("expired sessions count:", err)
	}
	for _, resource := range []string{"phone", "desk"} {
		full, _ := xmpp.NewJID("lan", "example.com", resource)
		b.sessions.forget(full)
	}
	if len(b.sessions.m) != 0 || len(b.sessions.count) != 0 {
		t.Errorf("%d sessions of %d clients are left", len(b.sessions.m), len(b.sessions.count))
	}
}

func TestSessionsAltogether(t *testing.T) {
	b := newBench()
	for i := range altogether {
		full, _ := xmpp.NewJID("lan", "example.com", "r"+strconv.Itoa(i))
		if !b.sessions.add(&session{id: strconv.Itoa(i), call: &call{asker: asker{who: full}}}, b.now) {
			t.Fatal(i)
		}
	}
	_, err := b.ask(t, "one more", "", "")
	condition(t, err, "resource-constraint")
	b.now = b.now.Add(lifetime + time.Second)
	if _, err := b.ask(t, "one more", "", ""); err != nil || len(b.sessions.m) != 1 {
		t.Errorf("%v, %d sessions", err, len(b.sessions.m))
	}
}

// An id is of one client, one address and one command (§ 4.4).
func TestIssued(t *testing.T) {
	b := newBench()
	phone, _ := xmpp.ParseJID("lan@example.com/phone")
	desk, _ := xmpp.ParseJID("lan@example.com/desk")
	id := b.newID(phone, phone.Bare(), "n")
	for name, tt := range map[string]struct {
		id   string
		who  xmpp.JID
		node string
		want bool
	}{
		"its own": {id, phone, "n", true}, "other client": {id, desk, "n", false}, "other node": {id, phone, "m", false},
		"changed": {"0" + id[1:], phone, "n", id[0] == '0'}, "short": {id[:10], phone, "n", false}, "none": {"", phone, "n", false},
		"without mark": {id[:16], phone, "n", false},
	} {
		if got := b.issued(tt.id, tt.who, phone.Bare(), tt.node); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

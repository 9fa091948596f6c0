package archive

import (
	"testing"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
)

// fake is a session that takes everything.
type fake struct {
	hook.Slots
	jid      xmpp.JID
	presence *hook.Presence
	got      []xmpp.Frame
	upTo     int64
}

func (f *fake) JID() xmpp.JID                { return f.jid }
func (f *fake) Send(fr xmpp.Frame) bool      { f.got = append(f.got, fr); return true }
func (f *fake) Presence() *hook.Presence     { return f.presence }
func (f *fake) SetPresence(p *hook.Presence) { f.presence = p }
func (f *fake) Detached() bool               { return false }
func (f *fake) Kick(stream.Error)            {}
func (f *fake) Client() string               { return "" }
func (f *fake) Pause() (func(xmpp.Frame) bool, func(int64)) {
	return f.Send, func(upTo int64) { f.upTo = upTo }
}

func (a *Archive) enter(t *testing.T, address string, priority int8) *fake {
	t.Helper()
	f := &fake{jid: jid(t, address), presence: &hook.Presence{Priority: priority}}
	a.Router.Bind(f)
	a.bound(f)
	a.available(f)
	return f
}

func (a *Archive) exit(f *fake) {
	a.Router.Unbind(f)
	f.presence = nil
	a.closed(f)
}

// What a client was sent before it steps aside counts as soon as it is said to be written, even afterwards; what it gets
// aside does not.
func TestLateConfirmation(t *testing.T) {
	a := newTest(t, nil)
	romeo := jid(t, "romeo@example.net")
	bot := a.enter(t, "romeo@example.net/bot", 0)
	if err := a.live(&hook.Packet{Owner: romeo, ArchiveID: 4, Targets: []hook.Session{bot}}); err != nil {
		t.Fatal(err)
	}
	bot.presence = &hook.Presence{Priority: -1}
	a.updated(bot)
	if n := a.boxes.counts(romeo, 4); n != 4 {
		t.Errorf("what was sent before is confirmed up to %d, want 4", n)
	}
	if n := a.boxes.counts(romeo, 6); n != 0 {
		t.Errorf("what is sent aside is confirmed up to %d, want 0", n)
	}
}

// A confirmation counts when its account has been given what waited.
func TestConfirmations(t *testing.T) {
	a := newTest(t, nil)
	romeo := jid(t, "romeo@example.net")
	bot := a.enter(t, "romeo@example.net/bot", -1)
	if n := a.boxes.counts(romeo, 7); n != 0 {
		t.Errorf("a client aside confirms up to %d", n)
	}
	phone := a.enter(t, "romeo@example.net/phone", 0)
	if n := a.boxes.counts(romeo, 8); n != 8 {
		t.Errorf("a client that was given all confirms up to %d", n)
	}
	a.exit(phone)
	if n := a.boxes.counts(romeo, 9); n != 0 {
		t.Errorf("a client aside confirms up to %d", n)
	}
	a.exit(bot)
	for i := range a.boxes.shards {
		if len(a.boxes.shards[i].m) != 0 {
			t.Error("something is left of an account without sessions")
		}
	}
}

// What one client has not confirmed of a long past is continued with another when it goes.
func TestBatchesChangeSessions(t *testing.T) {
	a := newTest(t, nil)
	romeo := jid(t, "romeo@example.net")
	phone := a.enter(t, "romeo@example.net/phone", 0)
	desk := a.enter(t, "romeo@example.net/desk", 0)
	a.boxes.with(romeo, func(m *mailbox) { m.giving, m.given, m.final = phone, 100, false })
	if n := a.boxes.counts(romeo, 50); n != 50 {
		t.Errorf("within the batch it counts up to %d", n)
	}
	if n := a.boxes.counts(romeo, 900); n != 100 || len(a.boxes.wake) != 1 {
		t.Errorf("beyond the batch it counts up to %d, %d are due", n, len(a.boxes.wake))
	}
	a.exit(phone)
	var to hook.Session
	a.boxes.with(romeo, func(m *mailbox) { to = m.giving })
	if to != desk {
		t.Fatal("nobody gets the rest")
	}
	for len(a.boxes.wake) > 0 {
		a.workOff(<-a.boxes.wake)
	}
	if n := a.boxes.counts(romeo, 901); n != 901 {
		t.Errorf("after the rest it counts up to %d", n)
	}
}

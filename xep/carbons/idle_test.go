package carbons

import (
	"log/slog"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// other is another client of the account, which keeps what it is sent.
type other struct {
	hook.Slots
	jid xmpp.JID
	got []xmpp.Frame
}

func (o *other) JID() xmpp.JID                               { return o.jid }
func (o *other) Send(f xmpp.Frame) bool                      { o.got = append(o.got, f); return true }
func (o *other) Presence() *hook.Presence                    { return nil }
func (o *other) SetPresence(*hook.Presence)                  {}
func (o *other) Detached() bool                              { return false }
func (o *other) Pause() (func(xmpp.Frame) bool, func(int64)) { return o.Send, func(int64) {} }
func (o *other) Kick(stream.Error)                           {}
func (o *other) Client() string                              { return "test" }

// XEP-0352 § 2.2: the copy of a chat state may wait while nobody looks at the client, that of a message may not.
func TestIdle(t *testing.T) {
	jid := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	r := router.New(t.Context(), router.Options{Registry: hook.NewRegistry(), Logger: slog.New(slog.DiscardHandler)})
	c, o := New(r), &other{jid: jid("romeo@example.net/phone")}
	r.Bind(o)
	c.on.Store(o, true)
	for content, idle := range map[string]bool{
		`<composing xmlns="http://jabber.org/protocol/chatstates"/>`:                 true,
		`<active xmlns="http://jabber.org/protocol/chatstates"/><body>x</body>`:      false,
		`<displayed xmlns="urn:xmpp:chat-markers:0" id="1"/>`:                        false,
		`<gone xmlns="http://jabber.org/protocol/chatstates"/><x xmlns="urn:test"/>`: false,
	} {
		for side, copied := range map[hook.Side]hook.StageHandler{hook.In: c.received, hook.Out: c.sent} {
			st, err := wire.Parse([]byte(`<message type="chat">` + content + `</message>`))
			if err != nil {
				t.Fatal(err)
			}
			st.From, st.To = jid("juliet@example.net/balcony"), jid("romeo@example.net/desk")
			p := &hook.Packet{}
			p.Reset(st, nil)
			p.Side, p.Owner = side, jid("romeo@example.net")
			p.BuildTail()
			o.got = nil
			if err := copied(p); err != nil || len(o.got) != 1 || o.got[0].Idle != idle {
				t.Errorf("%s at side %d: %d copies, idle %v; %v", content, side, len(o.got), !idle, err)
			}
		}
	}
}

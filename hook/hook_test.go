package hook_test

import (
	"context"
	"strings"
	"sync"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/wire"
)

type module func(*hook.Registrar)

func (m module) Register(r *hook.Registrar) { m(r) }

type session struct {
	hook.Slots
	jid xmpp.JID
}

func (s *session) JID() xmpp.JID                               { return s.jid }
func (s *session) Send(xmpp.Frame) bool                        { return true }
func (s *session) Presence() *hook.Presence                    { return nil }
func (s *session) SetPresence(*hook.Presence)                  {}
func (s *session) Detached() bool                              { return false }
func (s *session) Pause() (func(xmpp.Frame) bool, func(int64)) { return s.Send, func(int64) {} }
func (s *session) Kick(stream.Error)                           {}
func (s *session) Client() string                              { return "test" }

// TestRegistry: what modules register is found again, in the order of registration, and is printed.
func TestRegistry(t *testing.T) {
	reg := hook.NewRegistry()
	var order []string
	stage := func(name string) hook.StageHandler {
		return func(*hook.Packet) error {
			order = append(order, name)
			return nil
		}
	}
	answer := func(context.Context, *hook.Request) (*xmpp.Element, error) { return xmpp.El("urn:a", "b"), nil }
	reg.Add("one", module(func(r *hook.Registrar) {
		r.Protocol(hook.Protocol{Spec: "XEP-0001", Status: hook.Complete})
		r.Feature(hook.Server, "urn:1", "urn:2")
		r.IQ(hook.Account, "get", "urn:a", "b", answer)
		r.Sent(hook.Copy, stage("one"))
		r.On(hook.Closed, func(hook.Session) { order = append(order, "closed") })
		r.Host("groups", hook.Handler(stage("groups")))
		r.Form(hook.Server, "f", func(xmpp.JID) *xmpp.Element { return nil })
		r.StreamFeature(xmpp.El("urn:f", "f"))
	}))
	reg.Add("two", module(func(r *hook.Registrar) {
		r.Sent(hook.Copy, stage("two"))
		r.Received(hook.Copy, stage("in"))
		r.Feature(hook.Server, "urn:3")
	}))
	for _, h := range reg.Stage(hook.Out, hook.Copy) {
		if err := h(nil); err != nil {
			t.Error(err)
		}
	}
	reg.Fire(hook.Closed, nil)
	reg.Fire(hook.Bound, nil)
	if got := strings.Join(order, " "); got != "one two closed" {
		t.Errorf("called %s", got)
	}
	if got := strings.Join(reg.Features(hook.Server, xmpp.JID{}), " "); got != "urn:1 urn:2 urn:3" {
		t.Errorf("features %s", got)
	}
	if reg.Request(hook.Account, "get", "urn:a", "b") == nil || reg.Request(hook.Account, "set", "urn:a", "b") != nil ||
		reg.Request(hook.Server, "get", "urn:a", "b") != nil || reg.Host("groups") == nil || reg.Host("upload") != nil {
		t.Error("a handler is where it should not be, or is not where it should be")
	}
	if len(reg.Forms(hook.Server, xmpp.JID{})) != 0 || len(reg.StreamFeatures("example.net")) != 1 {
		t.Error("forms that are nil are left out, features are not")
	}
	var b strings.Builder
	if _, err := reg.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"one            iq             account    get b urn:a", "two            sent           copy", "one            protocol       XEP-0001   complete"} {
		if !strings.Contains(b.String(), want+"\n") {
			t.Errorf("the listing lacks %q:\n%s", want, b.String())
		}
	}
}

// TestTwice: two modules for one thing are a mistake of the program, found when it is built.
func TestTwice(t *testing.T) {
	answer := func(context.Context, *hook.Request) (*xmpp.Element, error) { return nil, nil }
	nothing := func(*hook.Packet) error { return nil }
	for name, m := range map[string]module{
		"iq":       func(r *hook.Registrar) { r.IQ(hook.Server, "get", "a", "b", answer) },
		"host":     func(r *hook.Registrar) { r.Host("groups", nothing) },
		"presence": func(r *hook.Registrar) { r.Presence(nothing, nothing) },
	} {
		reg := hook.NewRegistry()
		reg.Add("one", m)
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: registered twice", name)
				}
			}()
			reg.Add("two", m)
		}()
	}
}

// TestValue: each value of each session is its own, and an update is one step.
func TestValue(t *testing.T) {
	var a, b hook.Value[int]
	var c hook.Value[string]
	s1, s2 := &session{}, &session{}
	a.Store(s1, 1)
	c.Store(s1, "x")
	if a.Load(s1) != 1 || a.Load(s2) != 0 || b.Load(s1) != 0 || c.Load(s1) != "x" || c.Load(s2) != "" {
		t.Error("values are mixed up")
	}
	var work sync.WaitGroup
	for range 50 {
		work.Go(func() { b.Update(s1, func(n int) int { return n + 1 }) })
	}
	work.Wait()
	if got := b.Load(s1); got != 50 || a.Load(s1) != 1 {
		t.Errorf("%d updates of 50 were made", got)
	}
}

// TestPacket: what is stripped is gone from the tail, what is appended stands at its end, and nothing of it stays in
// the next stanza.
func TestPacket(t *testing.T) {
	parse := func(text string) *xmpp.Stanza {
		st, err := wire.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return st
	}
	var p hook.Packet
	p.Reset(parse(`<message id="1"><a xmlns="u"/>x<b xmlns="u"/><c xmlns="u"/></message>`), nil)
	p.Strip(0)
	p.Strip(2)
	p.Append([]byte(`<d xmlns="u"/>`))
	p.Side = hook.In
	p.Keep(storage.Entry{Origin: "1"})
	p.BuildTail()
	if got, want := string(p.Tail), ` id="1">x<b xmlns="u"/><d xmlns="u"/></message>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if !p.Stripped(2) || p.Stripped(1) {
		t.Error("the wrong child is stripped")
	}
	if e, sides := p.Kept(); len(e) != 1 || sides[0] != hook.In {
		t.Errorf("kept %v %v", e, sides)
	}
	p.Hold()() // without a router nobody waits
	p.Reset(parse(`<message><a xmlns="u"/></message>`), nil)
	p.BuildTail()
	if got, want := string(p.Tail), `><a xmlns="u"/></message>`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if e, _ := p.Kept(); len(e) != 0 || p.Stripped(0) {
		t.Error("the stanza before has left something behind")
	}
}

package archive_test

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// person signs an account in, without presence.
func person(t *testing.T, ctx context.Context, s *xmpptest.Server, name string) *xmpptest.Client {
	t.Helper()
	return client(t, ctx, s, name, "client")
}

// second is another client of the person.
func second(t *testing.T, ctx context.Context, s *xmpptest.Server, name string) *xmpptest.Client {
	t.Helper()
	return client(t, ctx, s, name, "second")
}

func client(t *testing.T, ctx context.Context, s *xmpptest.Server, name, resource string) *xmpptest.Client {
	t.Helper()
	address := name + "@" + servertest.Domain
	password, err := s.Account(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	c, err := xmpptest.Dial(ctx, s, address)
	if err == nil {
		err = c.Login(ctx, password)
	}
	if err == nil {
		err = c.Bind(ctx, resource)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Cut)
	return c
}

func within(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func send(t *testing.T, c *xmpptest.Client, stanza string) {
	t.Helper()
	if err := c.Send(stanza); err != nil {
		t.Fatal(err)
	}
}

// flush waits until the server has handled what a client has sent.
func flush(t *testing.T, ctx context.Context, c *xmpptest.Client) {
	t.Helper()
	if _, err := c.Ask(ctx, `<iq type="get" id="flush" to="`+servertest.Domain+`"><ping xmlns="urn:xmpp:ping"/></iq>`); err != nil {
		t.Fatal(err)
	}
}

// bodies reads messages until n have come, and returns their bodies.
func bodies(t *testing.T, ctx context.Context, c *xmpptest.Client, n int) (list []string) {
	t.Helper()
	for len(list) < n {
		e, err := c.Next(ctx)
		if err != nil {
			t.Fatalf("after %d of %d messages: %v", len(list), n, err)
		}
		if e.Local == "message" {
			list = append(list, e.ChildText(ns.Client, "body"))
		}
	}
	return list
}

// More waits than is given at once: all of it comes, oldest first, and what comes meanwhile is not lost.
func TestBacklog(t *testing.T) {
	for _, sm := range []bool{false, true} {
		t.Run(fmt.Sprintf("sm=%v", sm), func(t *testing.T) {
			ctx := within(t)
			s := servertest.Start(t)
			romeo := person(t, ctx, &s, "romeo")
			if _, err := s.Account(ctx, "juliet@"+servertest.Domain); err != nil {
				t.Fatal(err)
			}
			const waiting, meanwhile = 1100, 5
			for i := range waiting {
				send(t, romeo, `<message type="chat" to="juliet@`+servertest.Domain+`"><body>`+strconv.Itoa(i)+`</body></message>`)
			}
			flush(t, ctx, romeo)
			juliet := person(t, ctx, &s, "juliet")
			if sm {
				if err := juliet.EnableSM(ctx); err != nil {
					t.Fatal(err)
				}
			}
			send(t, juliet, `<presence/>`)
			flush(t, ctx, juliet) // it has been given the first of them
			for i := range meanwhile {
				send(t, romeo, `<message type="chat" to="juliet@`+servertest.Domain+`"><body>new `+strconv.Itoa(i)+`</body></message>`)
			}
			var old, fresh []string
			for _, b := range bodies(t, ctx, juliet, waiting+meanwhile) {
				if len(b) > 4 && b[:4] == "new " {
					fresh = append(fresh, b)
				} else {
					old = append(old, b)
				}
			}
			for i, b := range old {
				if b != strconv.Itoa(i) {
					t.Fatalf("message %d is %q", i, b)
				}
			}
			if len(fresh) != meanwhile || fresh[0] != "new 0" || fresh[4] != "new 4" {
				t.Errorf("new messages: %q", fresh)
			}
			flush(t, ctx, juliet)
			if err := juliet.Close(ctx); err != nil {
				t.Fatal(err)
			}
			again := person(t, ctx, &s, "juliet")
			send(t, again, `<presence/>`)
			send(t, romeo, `<message type="chat" to="juliet@`+servertest.Domain+`"><body>last</body></message>`)
			if got := bodies(t, ctx, again, 1); got[0] != "last" {
				t.Errorf("the next session gets %q", got)
			}
		})
	}
}

// What waits and what is archived outlives the server.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	start := func(t *testing.T) xmpptest.Server {
		return servertest.StartWith(t, func(c *config.Config) { c.DataDir = dir })
	}
	to := `to="juliet@` + servertest.Domain + `"`
	t.Run("before", func(t *testing.T) {
		ctx, s := within(t), start(t)
		if _, err := s.Account(ctx, "juliet@"+servertest.Domain); err != nil {
			t.Fatal(err)
		}
		romeo := person(t, ctx, &s, "romeo")
		send(t, romeo, `<message type="chat" `+to+`><body>archived</body></message>`)
		send(t, romeo, `<message type="chat" `+to+`><body>hidden</body><no-permanent-store xmlns="urn:xmpp:hints"/></message>`)
		flush(t, ctx, romeo)
	})
	t.Run("after", func(t *testing.T) {
		ctx, s := within(t), start(t)
		juliet := person(t, ctx, &s, "juliet")
		send(t, juliet, `<presence/>`)
		if got := bodies(t, ctx, juliet, 2); got[0] != "archived" || got[1] != "hidden" {
			t.Errorf("what waited: %q", got)
		}
		fin, err := juliet.Ask(ctx, `<iq type="set" id="q"><query xmlns="urn:xmpp:mam:2"/></iq>`)
		if err != nil {
			t.Fatal(err)
		}
		if n := count(fin); n != "1" {
			t.Errorf("%s messages are archived", n)
		}
		if err := juliet.Close(ctx); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("later", func(t *testing.T) {
		ctx, s := within(t), start(t)
		romeo, juliet := person(t, ctx, &s, "romeo"), person(t, ctx, &s, "juliet")
		send(t, juliet, `<presence/>`)
		flush(t, ctx, juliet)
		send(t, romeo, `<message type="chat" `+to+`><body>new</body></message>`)
		if got := bodies(t, ctx, juliet, 1); got[0] != "new" {
			t.Errorf("what was delivered comes again: %q", got)
		}
	})
}

func count(iq *xmpp.Element) string {
	return iq.Child(ns.MAM, "fin").Child(ns.RSM, "set").ChildText(ns.RSM, "count")
}

// Two clients that become available at the same moment get each message once between them.
func TestTwoAtOnce(t *testing.T) {
	ctx := within(t)
	s := servertest.Start(t)
	romeo := person(t, ctx, &s, "romeo")
	const waiting = 40
	if _, err := s.Account(ctx, "juliet@"+servertest.Domain); err != nil {
		t.Fatal(err)
	}
	for i := range waiting {
		send(t, romeo, `<message type="chat" to="juliet@`+servertest.Domain+`"><body>`+strconv.Itoa(i)+`</body></message>`)
	}
	flush(t, ctx, romeo)
	clients := []*xmpptest.Client{person(t, ctx, &s, "juliet"), second(t, ctx, &s, "juliet")}
	for _, c := range clients {
		send(t, c, `<presence/>`)
	}
	for _, c := range clients {
		flush(t, ctx, c)
		send(t, romeo, `<message type="chat" to="`+c.JID+`"><body>end</body></message>`)
	}
	got := map[string]int{}
	for _, c := range clients {
		for {
			b := bodies(t, ctx, c, 1)[0]
			if b == "end" {
				break
			}
			got[b]++
		}
	}
	for i := range waiting {
		if n := got[strconv.Itoa(i)]; n != 1 {
			t.Errorf("message %d came %d times", i, n)
		}
	}
}

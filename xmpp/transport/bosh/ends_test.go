package bosh

import (
	"strings"
	"testing"
	"time"
)

func TestEnds(t *testing.T) {
	// XEP-0124 § 13.
	bubble(t, "by the client", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		held := w.post(next(sid, 101, "", ""))
		last := w.post(next(sid, 102, ` type="terminate"`, `<presence xmlns="jabber:client" type="unavailable"/>`))
		held.want(empty)
		last.want(`^<body xmlns="[^"]*" type="terminate"/>$`)
		if got := w.read(); !strings.Contains(got, `unavailable`) || !strings.Contains(got, "<close ") {
			t.Errorf("got %s", got)
		}
		w.post(next(sid, 103, "", "")).want(`condition="item-not-found"`)
	})
	// XEP-0124 § 17.2, XEP-0206 § 6.
	bubble(t, "by a stream error", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		held := w.post(next(sid, 101, "", ""))
		if err := w.send(message("last"), `<stream:error xmlns:stream="http://etherx.jabber.org/streams"/>`,
			`<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`); err != nil {
			t.Error(err)
		}
		held.want(`^<body [^>]*xmlns:stream=[^>]*type="terminate" condition="remote-stream-error">.*last.*<stream:error [^>]*/></body>$`)
	})
	bubble(t, "by last words that a request takes, or nobody", nil, func(t *testing.T, w *world) {
		leave := func() chan error {
			sent := make(chan error, 1)
			go func() {
				sent <- w.send(`<stream:error xmlns:stream="http://etherx.jabber.org/streams"/>`, `<close xmlns="urn:ietf:params:xml:ns:xmpp-framing"/>`)
			}()
			return sent
		}
		sid, sent := w.begin(""), leave()
		time.Sleep(2 * time.Second)
		w.post(next(sid, 101, "", "")).want(`type="terminate" condition="remote-stream-error"`)
		if err := <-sent; err != nil {
			t.Error(err)
		}
		w.begin("")
		time.Sleep(10 * time.Second)
		start, sent := time.Now(), leave()
		if err := <-sent; err == nil || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
	// XEP-0124 § 10.
	bubble(t, "by silence", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		time.Sleep(59 * time.Second)
		c := w.post(next(sid, 101, "", ""))
		time.Sleep(60 * time.Second) // it waits
		c.want(empty)
		sent := make(chan error, 1)
		go func() { sent <- w.send(message("lost")) }()
		time.Sleep(60 * time.Second)
		if err := <-sent; err == nil {
			t.Error("written to nobody")
		}
		w.post(next(sid, 102, "", "")).want(`condition="item-not-found"`)
		if w.read(); w.err != errGone {
			t.Errorf("the stream has ended with %v", w.err)
		}
	})
	bubble(t, "pause", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		held := w.post(next(sid, 101, "", ""))
		w.post(next(sid, 102, ` pause="100"`, "")).want(empty)
		held.want(empty)
		time.Sleep(99 * time.Second)
		if c := w.post(next(sid, 103, "", "")); !c.waits() {
			t.Errorf("got %s", c.body())
		}
	})
}

package bosh

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"myna/xmpp/transport"
	"myna/xmpp/wire"
)

func TestKeys(t *testing.T) {
	// XEP-0124 § 15: K(n) = hex(SHA-1(K(n-1))).
	bubble(t, "keys", nil, func(t *testing.T, w *world) {
		keys := []string{hash("seed")}
		for range 3 {
			keys = append(keys, hash(keys[len(keys)-1]))
		}
		sid := w.begin(`ver="1.6" newkey="` + keys[3] + `"`)
		w.post(next(sid, 101, ` key="`+strings.ToUpper(keys[2])+`"`, message("1")))
		w.post(next(sid, 102, ` key="`+keys[1]+`" newkey="`+hash("other")+`"`, message("2")))
		w.post(next(sid, 103, ` key="other"`, message("3")))
		if got := w.read(); got != message("1")+message("2")+message("3") {
			t.Errorf("got %s", got)
		}
		w.post(next(sid, 103, ` key="guess"`, "")).want(`type="terminate" condition="item-not-found"`)
	})
	bubble(t, "wrong key", nil, func(t *testing.T, w *world) {
		sid := w.begin(`ver="1.6" newkey="` + hash("seed") + `"`)
		w.post(next(sid, 101, "", message("1"))).want(`condition="item-not-found"`)
		if got := w.read(); got != "" {
			t.Errorf("handled %s", got)
		}
	})
}

func TestMistake(t *testing.T) {
	var h *Handler
	o := Options{
		Front: transport.NewLiveFront(transport.Front{}), Limits: wire.DefaultLimits, Logger: slog.New(slog.DiscardHandler),
		PerAddress: transport.NewPerAddress(1),
	}
	h = NewHandler(o, func(c *Conn) {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.in = [][]byte{} // half of something
		panic("a mistake")
	})
	body := `<body xmlns="http://jabber.org/protocol/httpbind" rid="1" to="example.net" ver="1.11" wait="1" hold="1"/>`
	for range 3 { // each finds the place that the one before had
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest("POST", "/http-bind", strings.NewReader(body)))
		if got := w.Body.String(); strings.Contains(got, "policy-violation") {
			t.Fatal(got)
		}
		h.work.Wait()
	}
	if n := len(h.sessions); n != 0 {
		t.Errorf("%d sessions left", n)
	}
}

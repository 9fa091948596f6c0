package bosh

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"

	"myna/xmpp/wire"
)

func strangers(o *Options) { o.Strangers = wire.Limits{StanzaBytes: 1000, Elements: 20} }

const tooMuch = `type="terminate" condition="policy-violation"`

// How long a body may be, and how many elements may be in it, depends on who sends it. Of one that is too long not much is read.
func TestStrangersAreShort(t *testing.T) {
	long, many := message(strings.Repeat("x", 100<<10)), message(strings.Repeat("<x/>", 100))
	for name, body := range map[string]string{
		"long":            `<body rid="1" to="a" xmlns="` + nsBind + `">` + long + `</body>`,
		"many elements":   `<body rid="1" to="a" xmlns="` + nsBind + `">` + many + `</body>`,
		"unknown session": next("sid", 1, "", long),
		"misleading sid":  `<body rid="1" to="a>" xmlns="` + nsBind + `"><body sid="S"/>` + long + `</body>`,
		"long start tag":  `<body rid="1" to="a" xmlns="` + nsBind + `" x="` + strings.Repeat("x", 100<<10) + `" sid="S"/>`,
	} {
		bubble(t, name, strangers, func(t *testing.T, w *world) {
			sid := w.begin("")
			r := strings.NewReader(strings.ReplaceAll(body, `"S"`, `"`+sid+`"`))
			size := r.Len()
			answer := httptest.NewRecorder()
			w.h.ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/http-bind", r))
			if got := answer.Body.String(); !strings.Contains(got, tooMuch) {
				t.Errorf("got %s", got)
			}
			if read := size - r.Len(); read > 1000+wrapBytes+1 {
				t.Errorf("read %d bytes", read)
			}
		})
	}
	bubble(t, "signing in", strangers, func(t *testing.T, w *world) {
		sid := w.begin("")
		w.session().Bound(1000)
		w.post(next(sid, 101, "", long)).want(tooMuch)
		w.post(next(sid, 101, "", many)).want(tooMuch)
		w.session().Bound(0)
		w.post("<?xml version='1.0'?>\n" + next(sid, 101, "", long+many))
		if got := w.read(); got != long+many {
			t.Errorf("the stream got %d bytes", len(got))
		}
	})
}

// XEP-0124 § 8: requests whose turn has not come are kept, but not more bytes of them than one may have.
func TestEarlyBodiesAreBounded(t *testing.T) {
	bubble(t, "two", strangers, func(t *testing.T, w *world) {
		sid := w.begin("")
		w.session().Bound(1000)
		part := w.session().bound() * 2 / 3
		first := w.post(next(sid, 103, ` pause="1"`, message(strings.Repeat("x", part))))
		if !first.waits() {
			t.Fatalf("got %s", first.body())
		}
		w.post(next(sid, 102, "", message(strings.Repeat("x", part)))).want(broken)
		again := w.post(next(sid, 103, ` pause="1"`, message(strings.Repeat("x", part)))) // in its own place
		first.want(broken)
		if !again.waits() || len(w.session().early) != 1 {
			t.Error("it is not kept")
		}
	})
}

// No more bodies are understood at once than is good for the memory; who has gone does not wait for his turn.
func TestBodiesWaitForTheirTurn(t *testing.T) {
	bubble(t, "all places taken", nil, func(t *testing.T, w *world) {
		sid := w.begin("")
		for range maxParsing {
			w.h.parsing <- struct{}{}
		}
		gone, stays := w.post(next(sid, 101, "", message("no"))), w.post(next(sid, 101, "", message("yes")))
		gone.cut()
		synctest.Wait()
		if !stays.waits() || gone.waits() || w.read() != "" {
			t.Error("it was understood")
		}
		for range maxParsing {
			<-w.h.parsing
		}
		if got := w.read(); got != message("yes") {
			t.Errorf("got %s", got)
		}
	})
}

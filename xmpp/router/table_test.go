package router_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
)

// keeps is an archive that keeps what waits, and bounces what cannot.
func keeps(r *hook.Registrar) {
	r.Received(hook.Archive, func(p *hook.Packet) error {
		if len(p.Targets) == 0 && p.Storable {
			p.Keep(storage.Entry{Owner: p.Owner, Flags: storage.Waiting})
		}
		return nil
	})
}

// rows of the delivery table: where Juliet is, what is written to, and what becomes of it by type. "a b" are the sessions
// that get it, "waits" means that it is kept, "-" that nobody is told, all else is the condition of an error.
var table = []struct {
	name     string
	sessions map[string]int // resource to priority
	to       string
	want     map[string]string
}{
	{"no such account", nil, "tybalt@example.net", map[string]string{ // RFC 6121 § 8.5.1
		"": unavailable, "normal": unavailable, "chat": unavailable, "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"no such account, full", nil, "tybalt@example.net/a", map[string]string{
		"": unavailable, "normal": unavailable, "chat": unavailable, "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"nobody there", nil, "juliet@example.net", map[string]string{ // § 8.5.2.2.1
		"": "waits", "normal": "waits", "chat": "waits", "odd": "waits", "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"nobody available", map[string]int{"a": none}, "juliet@example.net", map[string]string{
		"": "waits", "chat": "waits", "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"only negative priority", map[string]int{"a": -1, "b": -128}, "juliet@example.net", map[string]string{ // § 8.5.2.1.1
		"": "waits", "chat": "waits", "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"one available", map[string]int{"a": 0, "n": none, "m": -1}, "juliet@example.net", map[string]string{
		"": "a", "normal": "a", "chat": "a", "odd": "a", "groupchat": unavailable, "headline": "a", "error": "-"}},
	{"the most available", map[string]int{"a": 5, "b": 5, "c": 0, "m": -1}, "juliet@example.net", map[string]string{
		"": "a b", "chat": "a b", "groupchat": unavailable, "headline": "a b c", "error": "-"}},
	{"full, there", map[string]int{"a": 0, "b": 7}, "juliet@example.net/a", map[string]string{ // § 8.5.3.1
		"": "a", "normal": "a", "chat": "a", "groupchat": "a", "headline": "a", "error": "a"}},
	{"full, there without presence", map[string]int{"a": none, "b": 7}, "juliet@example.net/a", map[string]string{
		"": "a", "chat": "a", "groupchat": "a", "headline": "a", "error": "a"}},
	{"full, not there", map[string]int{"b": 7}, "juliet@example.net/a", map[string]string{ // § 8.5.3.2.1
		"": unavailable, "normal": unavailable, "chat": "b", "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"full, nobody there", nil, "juliet@example.net/a", map[string]string{
		"": unavailable, "chat": "waits", "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"the server", nil, "example.net", map[string]string{ // RFC 6120 § 10.5.1
		"": unavailable, "chat": unavailable, "headline": "-", "error": "-"}},
	{"a service without a module", nil, "groups.example.net", map[string]string{
		"": unavailable, "groupchat": unavailable, "headline": "-", "error": "-"}},
	{"another server", nil, "juliet@example.com", map[string]string{ // § 10.4
		"": "remote-server-not-found", "chat": "remote-server-not-found", "error": "-"}},
}

const unavailable = "service-unavailable"

// TestMessages is the table of messages in docs/routing.md, cell by cell.
func TestMessages(t *testing.T) {
	for _, row := range table {
		for typ, want := range row.want {
			t.Run(row.name+"/"+typ, func(t *testing.T) {
				w := newWorld(t, keeps)
				romeo := w.session("romeo@example.net/orchard", 0)
				there := map[string]*session{}
				for resource, priority := range row.sessions {
					there[resource] = w.session("juliet@example.net/"+resource, priority)
				}
				attr := ""
				if typ != "" {
					attr = fmt.Sprintf(` type="%s"`, typ)
				}
				w.send(romeo, `<message id="m" to="`+row.to+`"`+attr+`><body>hi</body></message>`)
				if got := outcome(t, w, romeo, there); got != want {
					t.Errorf("got %s, want %s", got, want)
				}
			})
		}
	}
}

// outcome is what has become of one message, in the words of the table.
func outcome(t *testing.T, w *world, sender *session, there map[string]*session) string {
	t.Helper()
	var words []string
	for _, resource := range []string{"a", "b", "c", "m", "n"} {
		if s := there[resource]; s != nil {
			for _, frame := range s.take() {
				if !strings.Contains(frame, `from="romeo@example.net/orchard"`) {
					t.Errorf("the sender is not named: %s", frame)
				}
				words = append(words, resource)
			}
		}
	}
	if len(w.log.rows) > 0 {
		words = append(words, "waits")
	}
	for _, frame := range sender.take() {
		words = append(words, condition([]string{frame}))
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, " ")
}

// TestRequests is the table of requests in docs/routing.md.
func TestRequests(t *testing.T) {
	for _, c := range []struct{ to, typ, want string }{
		{"juliet@example.net", "get", "answered"},                // RFC 6121 § 8.5.2.1.3
		{"juliet@example.net", "set", unavailable},               // nobody answers
		{"juliet@example.net", "result", "-"},                    // an answer to nothing
		{"juliet@example.net", "error", "-"},                     //
		{"juliet@example.net/a", "get", "a"},                     // § 8.5.3.1
		{"juliet@example.net/a", "result", "a"},                  //
		{"juliet@example.net/a", "error", "a"},                   //
		{"juliet@example.net/gone", "get", unavailable},          // § 8.5.3.2.3
		{"juliet@example.net/gone", "result", "-"},               //
		{"tybalt@example.net", "get", unavailable},               // § 8.5.1
		{"tybalt@example.net/a", "get", unavailable},             //
		{"", "get", "answered"},                                  // RFC 6120 § 10.3.3
		{"example.net", "get", unavailable},                      // § 10.5.1
		{"groups.example.net", "get", unavailable},               //
		{"room@groups.example.net", "get", "item-not-found"},     //
		{"juliet@example.com", "get", "remote-server-not-found"}, // § 10.4
		{"juliet@example.com", "result", "-"},
		{"juliet@example.net", "odd", "bad-request"}, // § 8.2.3
		{"juliet@example.net", "", "bad-request"},
	} {
		t.Run(c.typ+" "+c.to, func(t *testing.T) {
			w := newWorld(t, func(r *hook.Registrar) {
				r.IQ(hook.Account, "get", "urn:test", "q", answerNothing)
			})
			romeo, a := w.session("romeo@example.net/orchard", 0), w.session("juliet@example.net/a", none)
			to := ""
			if c.to != "" {
				to = ` to="` + c.to + `"`
			}
			w.send(romeo, `<iq id="i" type="`+c.typ+`"`+to+`><q xmlns="urn:test"/></iq>`)
			got := "-"
			if answers := romeo.take(); len(answers) == 1 {
				if got = condition(answers); got == "" && strings.Contains(answers[0], `type="result"`) {
					got = "answered"
				}
			} else if len(answers) > 1 {
				t.Errorf("answered %d times", len(answers))
			}
			if len(a.take()) == 1 {
				got = "a"
			}
			if got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

// TestBadRequests is RFC 6120 § 8.2.3: what is no proper request is refused, and errors are never answered.
func TestBadRequests(t *testing.T) {
	for text, want := range map[string]string{
		`<iq type="get" id="1"/>`: string(stanza.BadRequest),
		`<iq type="get" id="1"><q xmlns="urn:a"/><q xmlns="urn:a"/></iq>`:               string(stanza.BadRequest),
		`<iq type="get"><q xmlns="urn:a"/></iq>`:                                        string(stanza.BadRequest),
		`<iq type="result"/>`:                                                           "",
		`<iq type="error" id="1"/>`:                                                     "",
		`<presence type="odd" to="juliet@example.net"/>`:                                string(stanza.BadRequest),
		`<presence type="error" to="juliet@example.net"/>`:                              "",
		`<presence to="example.net"/>`:                                                  "",
		`<presence to="juliet@example.com"/>`:                                           string(stanza.RemoteServerNotFound),
		`<presence type="unavailable" to="juliet@example.com"/>`:                        "",
		`<message to="juliet@example.net">` + strings.Repeat(`<x/>`, 65) + `</message>`: string(stanza.PolicyViolation),
	} {
		w := newWorld(t, nil)
		romeo := w.session("romeo@example.net/orchard", 0)
		w.send(romeo, text)
		if got := condition(romeo.take()); got != want {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		if taken, handled := romeo.in.Taken(), romeo.in.Handled(); taken != 1 || handled != 1 {
			t.Errorf("%s: %d taken, %d handled", text, taken, handled)
		}
	}
}

func answerNothing(context.Context, *hook.Request) (*xmpp.Element, error) { return nil, nil }

func TestServiceOf(t *testing.T) {
	w := newWorld(t, nil)
	if got := w.ServiceOf("groups", "example.net"); got != "groups.example.net" {
		t.Errorf("got %q", got)
	}
	if got := w.ServiceOf("groups", "ample.net"); got != "" {
		t.Errorf("a domain that ends alike has %q", got)
	}
}

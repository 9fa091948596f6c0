package c2s_test

import (
	"context"
	"strings"
	"testing"

	"myna/xmpp/c2s"
)

// upgrading is auth for accounts that lack what the task UPGR-B makes: "salted".
type upgrading struct{ auth }

func (upgrading) Upgrades(string) []string { return []string{"UPGR-A", "UPGR-B"} }

func (u upgrading) Begin(a c2s.Attempt) (c2s.Exchange, error) {
	x, err := u.auth.Begin(a)
	return lacking{x}, err
}

type lacking struct{ c2s.Exchange }

func (lacking) Task(name string) (c2s.Task, bool) {
	return c2s.Task{Salt: []byte("salt"), Iterations: 10000, Finish: func(_ context.Context, salted []byte) error {
		if string(salted) != "salted" {
			return &c2s.SASLFailure{Condition: "malformed-request"}
		}
		return nil
	}}, name == "UPGR-B"
}

// TestTasks is XEP-0480 § 2 and § 3, and XEP-0388 § 2.6.3.
func TestTasks(t *testing.T) {
	const (
		ask     = `<upgrade xmlns="urn:xmpp:sasl:upgrade:0">UPGR-A</upgrade><upgrade xmlns="urn:xmpp:sasl:upgrade:0">UPGR-B</upgrade>` + bindAll
		begin   = `<continue xmlns="urn:xmpp:sasl:2"><tasks><task>UPGR-B</task></tasks></continue>`
		next    = `<next xmlns="urn:xmpp:sasl:2" task="UPGR-B"/>`
		salt    = `<task-data xmlns="urn:xmpp:sasl:2"><salt xmlns="urn:xmpp:scram-upgrade:0" iterations="10000">c2FsdA==</salt></task-data>`
		hash    = `<task-data xmlns="urn:xmpp:sasl:2"><hash xmlns="urn:xmpp:scram-upgrade:0">`
		hashEnd = `</hash></task-data>`
	)
	h := newHouse(t, func(o *c2s.Options) { o.Auth = upgrading{} })
	open := func(inline string) *peer {
		p := h.dial()
		p.send(header)
		if got := p.expect("</stream:features>"); strings.Count(got, `<upgrade xmlns="urn:xmpp:sasl:upgrade:0">UPGR-`) != 2 {
			t.Errorf("§ 2.1: %s", got)
		}
		p.send(authenticate("romeo", inline))
		return p
	}
	p := open(ask)
	p.expect(begin)
	p.send(next)
	p.expect(salt)
	p.send(hash + "\n c2FsdGVk\n" + hashEnd)
	p.expect("<bound ")
	open("").expect("<success ") // nobody has to
	for name, c := range map[string][]string{
		"another task":    {`<next xmlns="urn:xmpp:sasl:2" task="UPGR-A"/>`, "<malformed-request "},
		"no hash":         {next, salt, `<task-data xmlns="urn:xmpp:sasl:2"/>`, "<malformed-request "},
		"a wrong hash":    {next, salt, hash + "eA==" + hashEnd, "<malformed-request "},
		"no base64":       {next, salt, hash + "=" + hashEnd, "<incorrect-encoding "},
		"abort":           {`<abort xmlns="urn:xmpp:sasl:2"/>`, "<aborted "},
		"abort within":    {next, salt, `<abort xmlns="urn:xmpp:sasl:2"/>`, "<aborted "},
		"something else":  {`<presence/>`, "<stream:error><not-authorized "},
		"a second time":   {authenticate("romeo", ""), "<stream:error><not-authorized "}, // XEP-0388 § 4.8
		"data before all": {hash + "c2FsdGVk" + hashEnd, "<stream:error><not-authorized "},
	} {
		p := open(ask)
		p.expect(begin)
		for i, text := range c {
			if i%2 == 0 {
				p.send(text)
			} else {
				got := p.expect(text)
				if strings.Contains(got, "<success") {
					t.Errorf("%s: %s", name, got)
				}
			}
		}
		if !strings.HasPrefix(c[len(c)-1], "<stream") { // it has not signed in, and may try again
			p.expect("</failure>")
			p.send(authenticate("romeo", ""))
			p.expect("<success ")
		}
	}
	p = open(strings.Repeat(`<upgrade xmlns="urn:xmpp:sasl:upgrade:0">UPGR-A</upgrade>`, 20))
	p.expect("<success ")
	var many strings.Builder
	for i := range 20 {
		many.WriteString(`<upgrade xmlns="urn:xmpp:sasl:upgrade:0">` + strings.Repeat("x", i+1) + `</upgrade>`)
	}
	open(many.String()).expect("<malformed-request ")
}

package xmpptest

import (
	"context"
	"slices"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// edit replaces the lines from..to of the file by others; to is from-1 where lines are put in before from.
type edit struct {
	from, to int
	lines    []string
}

// replace makes the line of a step say what arrived.
func (p *player) replace(st *step, s *seat, e event) {
	p.edits = append(p.edits, edit{st.line, st.end, []string{p.line(s, e)}})
}

// adopt puts in lines for what arrived and is named nowhere below. It does so where the script acts again or ends.
func (p *player) adopt(ctx context.Context, i int) error {
	steps := p.script.steps
	if i+1 < len(steps) && slices.Contains([]action{expect, expectAny, nothing, closed, output}, steps[i+1].action) {
		return nil
	}
	if err := p.settle(ctx); err != nil {
		return nil // a stream that has ended; the lines of the script show it
	}
	for _, s := range p.seats {
		if s.client == nil || p.named(s, i+1) {
			continue
		}
		var lines []string
		for _, e := range s.left() {
			lines = append(lines, p.line(s, e))
		}
		if len(lines) > 0 {
			p.edits = append(p.edits, edit{steps[i].end + 1, steps[i].end, lines})
		}
	}
	return nil
}

// named tells whether the client expects something at or behind step i.
func (p *player) named(s *seat, i int) bool {
	for _, st := range p.script.steps[i:] {
		if st.who == s.name && (st.action == expect || st.action == expectAny || st.action == closed) {
			return true
		}
	}
	return false
}

func (p *player) changed() bool { return len(p.edits) > 0 }

// rewritten is the text of the file with the edits.
func (p *player) rewritten() string {
	var out []string
	lines := p.script.lines
	for n := 1; n <= len(lines)+1; n++ {
		kept := n <= len(lines)
		for _, e := range p.edits {
			if e.from == n {
				out = append(out, e.lines...)
			}
			if n >= e.from && n <= e.to {
				kept = false
			}
		}
		if kept {
			out = append(out, lines[n-1])
		}
	}
	text := strings.Join(out, "\n") + "\n"
	if d := p.server.Domain; d != "" && d != defaultDomain {
		text = strings.ReplaceAll(text, d, defaultDomain)
	}
	return text
}

// line writes what arrived as an expected line.
func (p *player) line(s *seat, e event) string {
	if e.elem == nil {
		return s.name + " < closed"
	}
	steady := p.steady(e.elem)
	steady.Attrs = slices.DeleteFunc(steady.Attrs, func(a xmpp.Attr) bool {
		return (&matcher{self: s.client.JID}).implied(e.elem, &a)
	})
	return s.name + " < " + string(steady.Append(nil, ns.Client))
}

// steady returns a copy of e with … for values that differ from run to run.
func (p *player) steady(e *xmpp.Element) *xmpp.Element {
	c := &xmpp.Element{Name: e.Name}
	for _, a := range e.Attrs {
		if p.volatile(a) {
			a.Value = anything
		}
		c.Attrs = append(c.Attrs, a)
	}
	for _, n := range e.Nodes {
		if n.Elem != nil {
			c.Add(p.steady(n.Elem))
		} else {
			c.AddText(n.Text)
		}
	}
	return c
}

// volatile tells whether an attribute is a time, or an identifier that the script did not choose.
func (p *player) volatile(a xmpp.Attr) bool {
	switch a.Local {
	case "stamp", "ver", "utc":
		return true
	case "id", "previd", "queryid":
		return !strings.Contains(strings.Join(p.script.lines, "\n"), a.Value)
	}
	return false
}

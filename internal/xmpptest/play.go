package xmpptest

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// player plays one script.
type player struct {
	server *Server
	script *script
	file   string
	update bool
	wait   time.Duration // for one element

	seats     []*seat
	known     map[string]string // values of names
	passwords map[string]string
	output    string // of the last line for the server's side
	failed    error  // of that line; nil once the script has seen it
	pings     int
	edits     []edit
}

// seat is a client of the script, signed in or not.
type seat struct {
	declaration
	client *Client
	held   []event // arrived while a <~ line waited for another element
	gone   bool    // closed or cut; it receives nothing
}

// expectTime bounds the wait for one element. It is long, as the machine may be busy; only failures wait that long.
const expectTime = 10 * time.Second

func newPlayer(s *Server, sc *script, file string) *player {
	return &player{server: s, script: sc, file: file, wait: expectTime,
		known: map[string]string{}, passwords: map[string]string{}}
}

// play runs the script from its first line to the silence at its end. The error says file, line, want and got.
func (p *player) play(ctx context.Context) error {
	defer p.leave()
	for i := range p.script.steps {
		st := &p.script.steps[i]
		err := p.step(ctx, st)
		if err == nil && p.failed != nil && !p.followed(i) {
			err, p.failed = p.failed, nil
		}
		if err != nil {
			return fmt.Errorf("%s:%d: %s\n%w", p.file, st.line, p.text(st), err)
		}
		if p.update {
			if err := p.adopt(ctx, i); err != nil {
				return fmt.Errorf("%s:%d: %w", p.file, st.line, err)
			}
		}
	}
	return p.silence(ctx)
}

// followed tells whether the next step looks at the output of this one.
func (p *player) followed(i int) bool {
	return i+1 < len(p.script.steps) && p.script.steps[i+1].action == output
}

// text is the step as it stands in the file.
func (p *player) text(st *step) string { return strings.Join(p.script.lines[st.line-1:st.end], "\n") }

func (p *player) step(ctx context.Context, st *step) error {
	switch st.action {
	case sign:
		return p.signIn(ctx, st.clients)
	case do:
		return p.do(ctx, st.text)
	case output:
		return p.checkOutput(st.text)
	}
	s := p.seat(st.who)
	if st.action == act {
		return p.act(ctx, s, st.text)
	}
	if s.client == nil {
		return fmt.Errorf("%s is not signed in", st.who)
	}
	if s.gone && st.action != expect && st.action != expectAny {
		return fmt.Errorf("%s has left", st.who)
	}
	switch st.action {
	case send:
		xml, err := substitute(st.text, p.known)
		if err != nil {
			return err
		}
		return s.client.Send(xml)
	case expect:
		return p.expect(ctx, s, st)
	case expectAny:
		return p.expectAny(ctx, s, st)
	case nothing:
		return p.quiet(ctx, s)
	default:
		return p.closed(ctx, s)
	}
}

func (p *player) seat(name string) *seat {
	for _, s := range p.seats {
		if s.name == name {
			return s
		}
	}
	return nil
}

// do carries out a line for the server's side.
func (p *player) do(ctx context.Context, line string) error {
	if p.server.Do == nil {
		return errors.New("the server of this test cannot do that: Server.Do is nil, or a client is not declared")
	}
	line, err := substitute(line, p.known)
	if err == nil {
		err = p.settle(ctx)
	}
	if err != nil {
		return err
	}
	p.output, err = p.server.Do(ctx, line)
	if err != nil {
		p.output, p.failed = "error: "+err.Error(), err
	}
	return nil
}

func (p *player) checkOutput(want string) error {
	p.failed = nil
	b := &bindings{known: p.known}
	got := strings.TrimSpace(p.output)
	if !parseValue(want).match(got, b) {
		return fmt.Errorf("  got  %s", got)
	}
	b.keep()
	return nil
}

// next waits for what the client receives next.
func (p *player) next(ctx context.Context, s *seat) (event, error) {
	if len(s.held) > 0 {
		e := s.held[0]
		s.held = s.held[1:]
		return e, nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	return s.client.in.take(ctx)
}

func (p *player) expect(ctx context.Context, s *seat, st *step) error {
	e, err := p.next(ctx, s)
	if err != nil {
		return p.missing(st, err)
	}
	if e.elem == nil {
		return fmt.Errorf("  got  %v", e)
	}
	ok, reason := st.want.matches(e.elem, s.client.JID, p.known)
	if ok {
		return nil
	}
	if p.update {
		p.replace(st, s, e)
		return nil
	}
	return fmt.Errorf("  got  %v\n  that is: %s", e, reason)
}

// expectAny looks for the element among what arrives, and holds the rest for the neighbouring lines.
func (p *player) expectAny(ctx context.Context, s *seat, st *step) error {
	var seen []event
	for {
		e, err := p.next(ctx, s)
		if err != nil {
			s.held = seen
			if len(seen) > 0 {
				err = fmt.Errorf("%w; besides arrived:\n%s", err, list(seen))
			}
			return p.missing(st, err)
		}
		if e.elem != nil {
			if ok, _ := st.want.matches(e.elem, s.client.JID, p.known); ok {
				s.held = append(seen, s.held...)
				return nil
			}
		}
		seen = append(seen, e)
	}
}

// missing is the error of an element that did not arrive; with -update its line is taken out.
func (p *player) missing(st *step, err error) error {
	if p.update && errors.Is(err, context.DeadlineExceeded) {
		p.edits = append(p.edits, edit{from: st.line, to: st.end})
		return nil
	}
	return fmt.Errorf("  got  %w", err)
}

func list(events []event) string {
	var b strings.Builder
	for _, e := range events {
		fmt.Fprintf(&b, "       %v\n", e)
	}
	return strings.TrimRight(b.String(), "\n")
}

// quiet checks that the client has received nothing that the script has not seen.
func (p *player) quiet(ctx context.Context, s *seat) error {
	if err := p.settle(ctx); err != nil {
		return err
	}
	if left := s.left(); len(left) > 0 {
		return fmt.Errorf("  %s has received\n%s", s.name, list(left))
	}
	return nil
}

// silence checks that no client has received more than the script says.
func (p *player) silence(ctx context.Context) error {
	if err := p.settle(ctx); err != nil {
		return fmt.Errorf("%s: at the end: %w", p.file, err)
	}
	var errs []error
	for _, s := range p.seats {
		if left := s.left(); len(left) > 0 {
			errs = append(errs, fmt.Errorf("%s: at the end %s has received, too,\n%s", p.file, s.name, list(left)))
		}
	}
	return errors.Join(errs...)
}

// left takes out what has arrived, without the requests of stream management for an acknowledgement.
func (s *seat) left() []event {
	if s.client == nil {
		return nil
	}
	var left []event
	for _, e := range append(s.held, s.client.in.drain()...) {
		if !e.elem.Is(ns.SM, "r") && !(s.gone && e.err != nil) {
			left = append(left, e)
		}
	}
	s.held = nil
	return left
}

// settle waits until the server has handled all that was sent: each client pings twice, the second time after the
// others' stanzas have passed. What arrives before the answers stays in the inboxes, and so does the end of a stream.
func (p *player) settle(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*expectTime)
	defer cancel()
	for range 2 {
		for _, s := range p.seats {
			if s.client == nil || s.gone || s.client.JID == "" {
				continue
			}
			p.pings++
			id := "xmpptest-" + strconv.Itoa(p.pings)
			_, domain, _ := strings.Cut(s.address, "@")
			ping := xmpp.El(ns.Client, "iq", xmpp.El(ns.Ping, "ping")).Set("type", "get").Set("id", id).Set("to", domain)
			if err := s.client.Send(string(ping.Append(nil, ns.Client))); err != nil {
				continue // the stream has ended, which the inbox tells
			}
			if _, err := s.client.answer(ctx, id); ctx.Err() != nil {
				return fmt.Errorf("%s does not get an answer to its ping: %w", s.name, err)
			}
		}
	}
	return nil
}

// closed waits for the end of the stream.
func (p *player) closed(ctx context.Context, s *seat) error {
	e, err := p.next(ctx, s)
	if err != nil {
		return fmt.Errorf("  got  %w", err)
	}
	if e.err == nil {
		return fmt.Errorf("  got  %v", e)
	}
	s.client.Cut()
	s.gone = true
	return nil
}

// leave drops all connections.
func (p *player) leave() {
	for _, s := range p.seats {
		if s.client != nil && !s.gone {
			s.client.Cut()
		}
	}
}

package xmpptest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// signIn seats the clients of a client line one after another, and throws away what arrives by that.
func (p *player) signIn(ctx context.Context, declared []declaration) error {
	for i := range declared { // first: a new account can be news for those who are signed in
		if _, err := p.password(ctx, declared[i].address); err != nil {
			return err
		}
	}
	for i := range declared {
		s := &seat{declaration: declared[i]}
		p.seats = append(p.seats, s)
		if s.has("offline") {
			continue
		}
		if err := p.connectQuietly(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// connectQuietly signs in, waits until all is quiet, and empties the inboxes of all clients but the loud ones. What
// had arrived before is not thrown away: it is an error.
func (p *player) connectQuietly(ctx context.Context, s *seat) error {
	if err := p.silence(ctx); err != nil {
		return fmt.Errorf("before %s signs in: %w", s.name, err)
	}
	if err := p.connect(ctx, s); err != nil {
		return err
	}
	if err := p.settle(ctx); err != nil {
		return err
	}
	for _, other := range p.seats {
		if other.client != nil && !other.loud() {
			other.left()
		}
	}
	return nil
}

// connect signs a client in as it was declared.
func (p *player) connect(ctx context.Context, s *seat) error {
	c, err := Dial(ctx, p.server, s.address)
	if err != nil {
		return err
	}
	s.client, s.gone = c, false
	if s.has("stream") {
		c.in.put(event{elem: c.features})
		return nil
	}
	if err := p.login(ctx, s); err != nil || s.has("auth") {
		return err
	}
	if err := c.Bind(ctx, s.resource); err != nil {
		return err
	}
	if s.has("sm") {
		if err := c.EnableSM(ctx); err != nil {
			return err
		}
	}
	if s.has("roster") {
		if _, err := c.Ask(ctx, `<iq type="get" id="roster"><query xmlns="`+ns.Roster+`"/></iq>`); err != nil {
			return fmt.Errorf("ask for the roster: %w", err)
		}
	}
	if s.has("no presence") || s.has("raw") {
		return nil
	}
	presence := xmpp.El(ns.Client, "presence")
	if s.has("priority") {
		presence.Add(xmpp.El(ns.Client, "priority").AddText(s.options["priority"]))
	}
	return c.Send(string(presence.Append(nil, ns.Client)))
}

// login authenticates with the password that the server's side knows.
func (p *player) login(ctx context.Context, s *seat) error {
	password, err := p.password(ctx, s.address)
	if s.has("password") {
		password, err = substitute(s.options["password"], p.known)
	}
	if err != nil {
		return err
	}
	return s.client.Login(ctx, password)
}

// password makes sure that the account exists.
func (p *player) password(ctx context.Context, address string) (string, error) {
	if known, ok := p.passwords[address]; ok {
		return known, nil
	}
	if p.server.Account == nil {
		return "", errors.New("Server.Account is nil")
	}
	password, err := p.server.Account(ctx, address)
	if err != nil {
		return "", fmt.Errorf("account %s: %w", address, err)
	}
	p.passwords[address] = password
	return password, nil
}

// act carries out a step with !. Before clients come and go, the server has handled what was sent.
func (p *player) act(ctx context.Context, s *seat, text string) error {
	here := s.client != nil && !s.gone
	verb, rest, _ := strings.Cut(text, " ")
	if verb != "open" && verb != "write" {
		if err := p.settle(ctx); err != nil {
			return err
		}
	}
	switch {
	case verb == "connect" && here:
		return fmt.Errorf("%s is signed in", s.name)
	case verb == "connect":
		if left := s.left(); len(left) > 0 {
			return fmt.Errorf("  before, %s had received\n%s", s.name, list(left))
		}
		if rest == "(quiet)" {
			return p.connectQuietly(ctx, s)
		}
		return p.connect(ctx, s)
	case verb == "refused":
		return p.refused(ctx, s)
	case verb == "resume":
		return p.resume(ctx, s)
	case !here:
		return fmt.Errorf("%s is not signed in", s.name)
	}
	switch verb {
	case "disconnect":
		if err := p.quiet(ctx, s); err != nil {
			return err
		}
		s.gone = true
		return s.client.Close(ctx)
	case "cut":
		s.gone = true
		s.client.Cut()
		return nil
	case "open":
		if err := s.client.sendHeader(); err != nil {
			return err
		}
		_, err := s.client.in.await(ctx, func(e event) bool { return e.opened })
		return err
	default: // write
		return s.client.Send(rest)
	}
}

// refused tries to sign in, which must not be possible.
func (p *player) refused(ctx context.Context, s *seat) error {
	err := p.connect(ctx, s)
	if err == nil {
		return fmt.Errorf("%s is let in", s.name)
	}
	if s.client == nil || !strings.Contains(err.Error(), "<not-authorized") {
		return err
	}
	s.client.Cut()
	s.client, s.gone = nil, false
	return nil
}

// resume connects again and takes the stream over; what had arrived before the cut stays with the client.
func (p *player) resume(ctx context.Context, s *seat) error {
	if !s.has("sm") || !s.gone {
		return fmt.Errorf("%s cannot resume: it must be an (sm) client, and be cut before", s.name)
	}
	old, before := s.client, s.left()
	c, err := Dial(ctx, p.server, s.address)
	if err != nil {
		return err
	}
	for _, e := range before {
		c.in.put(e)
	}
	s.client, s.gone = c, false
	if err := p.login(ctx, s); err != nil {
		return err
	}
	return c.Resume(ctx, old)
}

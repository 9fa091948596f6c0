package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"mellium.im/sasl"

	"myna/storage"
	"myna/xmpp"
)

const (
	anonymousName = "ANONYMOUS"
	maxTrace      = 255 // characters (RFC 4505 § 2)
)

// guests are the accounts of those who have signed in without saying who they are. They are there as long as their session.
type guests struct {
	all atomic.Int64 // how many there are: on most servers none, and every stanza asks

	mu sync.RWMutex
	of map[xmpp.JID]struct{} // guarded by mu
	n  map[string]int        // by domain; guarded by mu
}

func (g *guests) has(j xmpp.JID) bool {
	if g.all.Load() == 0 {
		return false
	}
	g.mu.RLock()
	defer g.mu.RUnlock()
	_, ok := g.of[j.Bare()]
	return ok
}

// add notes a guest, unless there are most already.
func (g *guests) add(j xmpp.JID, most int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.n[j.Domain()] >= most {
		return false
	}
	if g.of == nil {
		g.of, g.n = map[xmpp.JID]struct{}{}, map[string]int{}
	}
	g.of[j] = struct{}{}
	g.all.Add(1)
	g.n[j.Domain()]++
	return true
}

func (g *guests) remove(j xmpp.JID) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.of[j]; ok {
		delete(g.of, j)
		g.all.Add(-1)
		g.n[j.Domain()]--
	}
}

func (g *guests) full(domain string, most int) bool {
	g.mu.RLock()
	defer g.mu.RUnlock()
	return g.n[domain] >= most
}

// anonymous is the server's side of ANONYMOUS (RFC 4505 § 2). What the client says about itself is of no use here and forgotten
// (XEP-0175 § 3). The address is one that nobody has; the account is made when there is a session (Welcome).
func (x *Exchange) anonymous(_ *sasl.Negotiator, trace []byte, _ any) (more bool, resp []byte, cache any, err error) {
	if !utf8.Valid(trace) || utf8.RuneCount(trace) > maxTrace {
		return false, nil, nil, malformed("what is said about the sender is too long, or not UTF-8")
	}
	if !x.From.IsZero() {
		return false, nil, nil, fail(InvalidAuthzid, "guests do not choose their address") // XEP-0388 § 2.3
	}
	if _, ok := x.service.limiter.takeFrom(x.Channel.Remote); !ok {
		x.service.signIns.limited.Add(1)
		return false, nil, nil, fail(TemporaryAuthFailure, "too many guests have come from there; try again later")
	}
	if x.service.guests.full(x.Domain, x.service.cfg.Of(x.Domain).MaxGuests) {
		x.service.signIns.limited.Add(1)
		return false, nil, nil, fail(TemporaryAuthFailure, fmt.Sprintf("there are as many guests as may be at a time: %d", x.service.cfg.Of(x.Domain).MaxGuests))
	}
	j, err := xmpp.NewJID(newUUID(), x.Domain, "")
	if err != nil {
		return false, nil, nil, err
	}
	x.since = x.service.barrier.now()
	x.who, x.guest = j, true
	x.service.signIns.succeeded.Add(1)
	return false, nil, nil, nil
}

// newUUID is a random UUID (RFC 9562 § 5.4).
func newUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// Welcome makes the account of a guest who has a session now: nobody's colleague, and in no group. Part ends it.
func (s *Service) Welcome(ctx context.Context, j xmpp.JID) error {
	j = j.Bare()
	if !s.guests.add(j, s.cfg.Of(j.Domain()).MaxGuests) {
		return fail(TemporaryAuthFailure, fmt.Sprintf("there are as many guests as may be at a time: %d", s.cfg.Of(j.Domain()).MaxGuests))
	}
	b := &batch{
		accounts: []storage.Account{{JID: j, ChatOff: true, Created: time.Now().UTC().Truncate(time.Microsecond)}},
		creds:    make([][]storage.Credential, 1),
	}
	err := s.insert(b, func() error { return s.store.CreateAccounts(ctx, b.accounts, b.creds) })
	if err != nil {
		s.guests.remove(j)
	}
	return err
}

// IsGuest tells whether an account is one of a guest. It answers from memory.
func (s *Service) IsGuest(j xmpp.JID) bool { return s.guests.has(j) }

// Part removes the account of a guest whose session has ended, with all that belongs to it (XEP-0175 § 3).
func (s *Service) Part(ctx context.Context, j xmpp.JID) error {
	if !s.IsGuest(j) {
		return nil
	}
	return s.Delete(ctx, j)
}

// forgetGuests removes guests that were there when the server was killed: accounts of a domain for guests with a name and the
// marks that Welcome gives, and without any way to sign in.
func (s *Service) forgetGuests(ctx context.Context, all []storage.Account) (left []storage.Account, err error) {
	for _, a := range all {
		if s.cfg.Of(a.JID.Domain()).Anonymous && a.ChatOff && a.Name == "" && isUUID(a.JID.Local()) {
			creds, err := s.store.Verifiers(ctx, a.JID)
			if err != nil && !errors.Is(err, storage.ErrNotFound) {
				return nil, err
			}
			if len(creds) == 0 {
				if err := s.store.DeleteAccount(ctx, a.JID); err != nil {
					return nil, err
				}
				continue
			}
		}
		left = append(left, a)
	}
	return left, nil
}

func isUUID(s string) bool {
	var a, b, c, d, e uint64
	n, err := fmt.Sscanf(s, "%8x-%4x-%4x-%4x-%12x", &a, &b, &c, &d, &e)
	return err == nil && n == 5 && len(s) == 36
}

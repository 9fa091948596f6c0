package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"myna/xmpp"
)

const (
	passPrefix = "mynapass_"
	passSize   = 32               // random bytes
	maxPasses  = 100_000          // that are remembered at a time
	passLinger = 10 * time.Minute // after it has expired: a client that has signed in by it has a session until then
)

// ErrPasses says that there are too many passes at the moment.
var ErrPasses = errors.New("too many passes")

// Grant is what a program has vouched for: an account, in one session of the program.
type Grant struct {
	Account xmpp.JID
	Session string
	revoked atomic.Bool
	stays   [][sha256.Size]byte // what browsers keep of it, the oldest first; guarded by passes.mu
}

// Revoked tells whether the program has ended the session.
func (g *Grant) Revoked() bool { return g.revoked.Load() }

// pass is good for signing in once or more before it expires.
type pass struct {
	grant   *Grant
	expires time.Time
	since   uint64 // by the clock of the barrier: it is void with the password
	stays   bool   // a browser keeps it; it is no password
}

// passes are those that were issued, by the hash of their text.
type passes struct {
	mu    sync.Mutex
	of    map[[sha256.Size]byte]pass
	swept time.Time
}

// isPass tells whether a text has the form of a pass.
func isPass(s string) bool {
	secret, ok := strings.CutPrefix(s, passPrefix)
	return ok && len(secret) == base64.RawURLEncoding.EncodedLen(passSize)
}

// Issue makes a pass for an account: who has it signs in as that. session names the program's session that it belongs to; ""
// makes a name for a new one.
func (s *Service) Issue(j xmpp.JID, session string, life time.Duration) (text, name string, expires time.Time, err error) {
	secret := make([]byte, passSize)
	rand.Read(secret) // never fails (crypto/rand)
	text = passPrefix + base64.RawURLEncoding.EncodeToString(secret)
	if session == "" {
		session = strings.ToLower(rand.Text())
	}
	now := time.Now()
	p := pass{grant: &Grant{Account: j.Bare(), Session: session}, expires: now.Add(life).UTC().Truncate(time.Second), since: s.barrier.now()}
	if err := s.passes.add(sha256.Sum256([]byte(text)), p, now); err != nil {
		return "", "", time.Time{}, err
	}
	return text, session, p.expires, nil
}

func (t *passes) add(hash [sha256.Size]byte, p pass, now time.Time) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now.Sub(t.swept) > time.Minute {
		t.swept = now
		for h, old := range t.of {
			if now.Sub(old.expires) > passLinger {
				delete(t.of, h)
			}
		}
	}
	if len(t.of) >= maxPasses {
		return ErrPasses
	}
	if t.of == nil {
		t.of = map[[sha256.Size]byte]pass{}
	}
	t.of[hash] = p
	if p.stays {
		list := append(p.grant.stays, hash)
		for ; len(list) > maxStays; list = list[1:] {
			delete(t.of, list[0])
		}
		p.grant.stays = list
	}
	return nil
}

// leave removes what a browser keeps. The caller holds mu.
func (t *passes) leave(hash [sha256.Size]byte) {
	if p := t.of[hash]; p.stays {
		delete(t.of, hash)
		p.grant.stays = slices.DeleteFunc(p.grant.stays, func(h [sha256.Size]byte) bool { return h == hash })
	}
}

// Withdraw voids the passes of a program's session; domain "" is all domains. Whoever is on the way in by one of them is found
// by Grant.Revoked; the caller ends those who are in.
func (s *Service) Withdraw(domain, session string) {
	s.passes.mu.Lock()
	defer s.passes.mu.Unlock()
	for hash, p := range s.passes.of {
		if p.grant.Session == session && (domain == "" || p.grant.Account.Domain() == domain) {
			p.grant.revoked.Store(true)
			delete(s.passes.of, hash)
		}
	}
}

// holder returns what a text is a pass for, nil where it is none now.
func (s *Service) holder(text string) *Grant {
	if p, ok := s.valid(text); ok && !p.stays {
		return p.grant
	}
	return nil
}

// valid returns the pass with a text, if it is good now.
func (s *Service) valid(text string) (pass, bool) {
	s.passes.mu.Lock()
	p, ok := s.passes.of[sha256.Sum256([]byte(text))] // of a text with 256 random bits: how far it agrees tells nothing
	s.passes.mu.Unlock()
	return p, ok && time.Now().Before(p.expires) && s.Stands(p.grant.Account, p.since)
}

// present signs in with a pass.
func (x *Exchange) present(user, authzid, text string) error {
	who, err := x.find(user, authzid)
	if err != nil {
		return err
	}
	var grant *Grant
	err = x.admit(who, func() int {
		if grant = x.service.holder(text); grant == nil || grant.Account != who.jid {
			return 0
		}
		return 1
	})
	if err == nil {
		x.grant = grant
	}
	return err
}

// Grant is what a program has vouched for when who has signed in came by a pass; nil where they did not.
func (x *Exchange) Grant() *Grant { return x.grant }

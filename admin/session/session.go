// Package session knows who is signed in to the admin page: it checks an administrator's address and password, and remembers
// the browser by a cookie (RFC 6265) while it is used.
//
// What a cookie stands for is kept here, in memory, by its hash: it ends when it is not used for a while, after a working day
// whatever happens, when the password or role of the account changes, when the account is disabled or deleted, and with the
// process. Browsers send cookies along with requests that other pages make them send; so a request that changes something also
// has to bring a token that only our page knows, and may not come from a page of another origin.
package session

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"myna/admin"
	"myna/storage"
	"myna/xmpp"
)

const (
	idleTime  = 30 * time.Minute // without a request that somebody made
	wholeTime = 12 * time.Hour
	perPerson = 20
	maxAll    = 10_000
	secretLen = 32 // random bytes
)

// TokenHeader is the header that brings the token.
const TokenHeader = "Myna-Token"

// BackgroundHeader marks requests that the page makes by itself: nobody is known to sit before it because of them.
const BackgroundHeader = "Myna-Background"

// What may be wrong with a request or with who signs in.
var (
	ErrNone   = errors.New("nobody is signed in")
	ErrForged = errors.New("the request does not come from the admin page")
	ErrNobody = errors.New("the account administers nothing")
)

// Accounts is the part of account.Service that sessions use.
type Accounts interface {
	// CheckPassword bounds attempts that fail. Its error is an *account.Failure.
	CheckPassword(ctx context.Context, j xmpp.JID, password string, from netip.Addr) error
	Account(j xmpp.JID) (storage.Account, bool)
	// Clock and Stands tell whether what was proved at a time still counts.
	Clock() uint64
	Stands(j xmpp.JID, since uint64) bool
}

// Session is a browser that is signed in.
type Session struct {
	Account xmpp.JID
	Role    storage.Role
	Token   string // that requests which change something bring
	Ends    time.Time

	since uint64 // by the clock of the accounts
	used  time.Time
}

// Actor is who acts in the session.
func (s Session) Actor() admin.Actor {
	who := admin.Actor{Name: s.Account.String(), Role: s.Role, Door: "page"}
	if s.Role == storage.DomainAdmin {
		who.Domain = s.Account.Domain()
	}
	return who
}

type key [sha256.Size]byte

// Store holds the sessions. Its methods may be called at the same time.
type Store struct {
	accounts Accounts
	now      func() time.Time
	origins  http.CrossOriginProtection

	mu  sync.Mutex
	all map[key]*Session
}

// NewStore makes a store without sessions. now is nil for the clock.
func NewStore(a Accounts, now func() time.Time) *Store {
	if now == nil {
		now = time.Now
	}
	return &Store{accounts: a, now: now, all: map[key]*Session{}}
}

// Open signs in. It returns what the cookie has to say.
func (s *Store) Open(ctx context.Context, j xmpp.JID, password string, from netip.Addr) (secret string, _ Session, err error) {
	since := s.accounts.Clock()
	if err := s.accounts.CheckPassword(ctx, j, password, from); err != nil {
		return "", Session{}, err
	}
	acc, ok := s.accounts.Account(j)
	if !ok || acc.Role != storage.DomainAdmin && acc.Role != storage.ServerAdmin {
		return "", Session{}, ErrNobody
	}
	now := s.now()
	secret = random()
	made := &Session{Account: acc.JID, Role: acc.Role, Token: random(), Ends: now.Add(wholeTime), since: since, used: now}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.makeRoom(acc.JID, now)
	s.all[keyOf(secret)] = made
	return secret, *made, nil
}

func random() string {
	b := make([]byte, secretLen)
	rand.Read(b) // never fails (crypto/rand)
	return base64.RawURLEncoding.EncodeToString(b)
}

func keyOf(secret string) key { return sha256.Sum256([]byte(secret)) }

// makeRoom ends what is over, and the session that was used least recently where there are too many. The caller holds mu.
func (s *Store) makeRoom(j xmpp.JID, now time.Time) {
	var oldest, own key
	var first, firstOwn time.Time
	mine := 0
	for k, x := range s.all {
		if x.over(now) {
			delete(s.all, k)
			continue
		}
		if first.IsZero() || x.used.Before(first) {
			oldest, first = k, x.used
		}
		if x.Account != j {
			continue
		}
		if mine++; firstOwn.IsZero() || x.used.Before(firstOwn) {
			own, firstOwn = k, x.used
		}
	}
	if mine >= perPerson {
		delete(s.all, own)
	} else if len(s.all) >= maxAll {
		delete(s.all, oldest)
	}
}

func (x *Session) over(now time.Time) bool { return !now.Before(x.Ends) || now.Sub(x.used) >= idleTime }

// find is the session of a secret, if it still holds.
func (s *Store) find(secret string, background bool) (Session, error) {
	if len(secret) != base64.RawURLEncoding.EncodedLen(secretLen) {
		return Session{}, ErrNone
	}
	k, now := keyOf(secret), s.now() // of a text with 256 random bits: how far it agrees tells nothing
	s.mu.Lock()
	defer s.mu.Unlock()
	x := s.all[k]
	if x == nil {
		return Session{}, ErrNone
	}
	acc, ok := s.accounts.Account(x.Account)
	if x.over(now) || !ok || acc.Role != x.Role || !s.accounts.Stands(x.Account, x.since) {
		delete(s.all, k)
		return Session{}, ErrNone
	}
	if !background {
		x.used = now
	}
	return *x, nil
}

// close ends the session of a secret.
func (s *Store) close(secret string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, keyOf(secret))
}

// End ends all sessions of an account.
func (s *Store) End(j xmpp.JID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, x := range s.all {
		if x.Account == j.Bare() {
			delete(s.all, k)
		}
	}
}

// Len is how many sessions there are.
func (s *Store) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.all)
}

// same compares without telling by its time how far they agree.
func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

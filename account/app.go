package account

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"myna/storage"
	"myna/xmpp"
)

// MaxAppPasswords is the most that Config.AppPasswords may be; as many keys are compared at each sign-in.
const MaxAppPasswords = 64

const maxLabel = 64 // characters

// ErrAppPasswords says that an account has as many app passwords as it may have.
var ErrAppPasswords = errors.New("too many app passwords")

// ErrLabel says that an app password cannot be called so.
var ErrLabel = errors.New("not a label of an app password")

// GenerateSecret makes a password of 80 random bits that can be read out and typed: letters and digits without 0, 1, 8 and 9.
func GenerateSecret() string {
	s := strings.ToLower(rand.Text())
	return s[:4] + "-" + s[4:8] + "-" + s[8:12] + "-" + s[12:16]
}

// CreateAppPassword makes a password for one program or device of an account. Its text is not told again. It fails with
// storage.ErrNotFound where there is no account, with ErrLabel, and with a FullError of ErrAppPasswords.
func (s *Service) CreateAppPassword(ctx context.Context, j xmpp.JID, label string) (p storage.AppPassword, text string, err error) {
	j = j.Bare()
	if label = strings.TrimSpace(label); label == "" || !utf8.ValidString(label) || strings.ContainsFunc(label, unicode.IsControl) ||
		utf8.RuneCountInString(label) > maxLabel {
		return p, "", ErrLabel
	}
	p = storage.AppPassword{ID: strings.ToLower(rand.Text()[:12]), Label: label, Created: time.Now().UTC().Truncate(time.Microsecond)}
	text = GenerateSecret()
	for range 3 { // hashing takes its time, and the password may be changed meanwhile
		var done bool
		if done, err = s.createAppPassword(ctx, j, p, text); done || err != nil {
			break
		}
	}
	if err != nil {
		return storage.AppPassword{}, "", fmt.Errorf("create app password of %s: %w", j, err)
	}
	return p, text, nil
}

func (s *Service) createAppPassword(ctx context.Context, j xmpp.JID, p storage.AppPassword, text string) (done bool, err error) {
	before, err := s.store.Verifiers(ctx, j)
	if err != nil {
		return false, err
	}
	keys, err := s.appKeys(j, before, text)
	if err != nil {
		return false, err
	}
	s.change.Lock()
	defer s.change.Unlock()
	now, err := s.store.Verifiers(ctx, j)
	if err != nil || !slices.EqualFunc(before, now, sameSalt) {
		return false, err
	}
	list, err := s.store.AppPasswords(ctx, j)
	if err != nil {
		return false, err
	}
	if most := min(s.cfg.Of(j.Domain()).AppPasswords, MaxAppPasswords); len(list) >= most {
		return false, &FullError{ErrAppPasswords, most}
	}
	return true, s.store.AddAppPassword(ctx, j, p, keys)
}

// appKeys are the verifiers of an app password. They have the salt and the count of the account's own, so that a client need
// not say which of the passwords it is going to prove; for a hash that there is none of yet they begin.
func (s *Service) appKeys(j xmpp.JID, have []storage.Credential, text string) ([]storage.Credential, error) {
	keys := make([]storage.Credential, len(scramHashes))
	for i, h := range scramHashes {
		salt, iterations := make([]byte, saltSize), s.cfg.Of(j.Domain()).Iterations
		rand.Read(salt)                                    // never fails (crypto/rand)
		if n := slices.IndexFunc(have, h.usable); n >= 0 { // the account's own come first
			salt, iterations = have[n].Salt, have[n].Iterations
		}
		var err error
		if keys[i], err = h.credential(text, salt, iterations); err != nil {
			return nil, err
		}
	}
	return keys, nil
}

// AppPasswords lists the app passwords of an account, the oldest first.
func (s *Service) AppPasswords(ctx context.Context, j xmpp.JID) ([]storage.AppPassword, error) {
	return s.store.AppPasswords(ctx, j.Bare())
}

// EndAppPassword removes an app password, with the tokens of clients that have signed in with it; who is told of the event ends
// their sessions. It fails with storage.ErrNotFound where there is none.
func (s *Service) EndAppPassword(ctx context.Context, j xmpp.JID, id string) error {
	if err := s.endAppPassword(ctx, j.Bare(), id); err != nil {
		return fmt.Errorf("end app password of %s: %w", j.Bare(), err)
	}
	s.deliver()
	return nil
}

func (s *Service) endAppPassword(ctx context.Context, j xmpp.JID, id string) error {
	s.change.Lock()
	defer s.change.Unlock()
	a, ok := s.Account(j)
	if !ok {
		return storage.ErrNotFound
	}
	if err := s.store.RemoveAppPassword(ctx, j, id); err != nil {
		return err
	}
	s.barrier.turnBack(j) // also who is on the way in with another password: they begin again
	s.queue(Event{Kind: AppPasswordEnded, Account: a, Before: a, ID: id})
	return nil
}

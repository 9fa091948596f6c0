package account

import (
	"bytes"
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync/atomic"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// subject is who somebody says to be, with verifiers to compare with: those of the account and, in the place of those that it
// does not have, decoys.
type subject struct {
	jid  xmpp.JID
	name string // what attempts are counted by
	real int    // 1: the account exists
	hash scramHash
	salt []byte // with the count, what a password is hashed with for all keys
	iter int
	keys [1 + MaxAppPasswords]verifier
	// spare are verifiers of app passwords for hashes that the password of the account has none for.
	spare []storage.Credential
}

// verifier is what a password is compared with.
type verifier struct {
	storage.Credential
	real int // 1: it is the account's; 0: it is a decoy
}

// subject looks a user name up. The name is prepared like a localpart (RFC 7622 § 3.3); one that cannot be prepared is
// a name without an account. The first of hashes that the account has is taken; without an account the first. Without hashes
// it is who has a proof of another kind.
func (s *Service) subject(ctx context.Context, user, domain string, hashes ...scramHash) (subject, error) {
	who := s.named(user, domain)
	if len(hashes) == 0 {
		return who, nil
	}
	var creds []storage.Credential
	if !who.jid.IsZero() {
		var err error
		if creds, err = s.store.Verifiers(ctx, who.jid); err != nil && !errors.Is(err, storage.ErrNotFound) {
			s.log.Error("credentials not readable", "account", who.name, "error", err)
			return subject{}, fail(TemporaryAuthFailure, "")
		}
	}
	if who.real == 0 {
		creds = nil // deleted a moment ago
	}
	who.choose(hashes, creds)
	decoy := s.decoy(who.hash, who.name, domain)
	if who.salt == nil {
		who.salt, who.iter = decoy.Salt, decoy.Iterations
	}
	n := 0
	for _, c := range creds {
		if who.hash.usable(c) && c.Iterations == who.iter && bytes.Equal(c.Salt, who.salt) && n < len(who.keys) {
			who.keys[n] = verifier{c, 1}
			n++
		}
		if c.App != "" && !slices.ContainsFunc(creds, func(own storage.Credential) bool { return own.App == "" && own.Mechanism == c.Mechanism }) {
			who.spare = append(who.spare, c)
		}
	}
	for ; n < len(who.keys); n++ {
		who.keys[n] = verifier{decoy, 0}
	}
	return who, nil
}

// choose takes the first of the hashes that the password of the account can be checked with, or an app password: those of
// an account have the salt and the count of its password, so that one proof can be compared with all.
func (who *subject) choose(hashes []scramHash, creds []storage.Credential) {
	who.hash = hashes[0]
	for _, own := range []bool{true, false} {
		for _, h := range hashes {
			for _, c := range creds {
				if h.usable(c) && own == (c.App == "") {
					who.hash, who.salt, who.iter = h, c.Salt, c.Iterations
					return
				}
			}
		}
	}
}

// compare finds the verifier that fits: -1 for none. fits is called for all, so that the time tells neither which one it was nor
// how many there are.
func (who *subject) compare(fits func(*storage.Credential) int) int {
	found := -1
	for i := range who.keys {
		k := &who.keys[i]
		found = subtle.ConstantTimeSelect(fits(&k.Credential)&k.real, i, found)
	}
	return found
}

// named is who has a name, without a verifier.
func (s *Service) named(user, domain string) subject {
	who := subject{name: user + "@" + domain}
	if j, err := xmpp.NewJID(user, domain, ""); err == nil {
		who.jid, who.name = j, j.String()
		if s.Exists(j) {
			who.real = 1
		}
	}
	return who
}

// admit decides an attempt: proof computes whether the password is right (1) or not (0) and is called only when the
// limits allow a try. Its error is a *Failure.
func (s *Service) admit(ctx context.Context, who subject, from netip.Addr, proof func() int) error {
	t, ok := s.limiter.take(who.name, from)
	if !ok && who.real == 1 && s.recall(ctx, who.jid) {
		t, ok = s.limiter.take(who.name, from)
	}
	if !ok {
		s.signIns.limited.Add(1)
		if t.news { // which a bucket has one of in a minute
			s.log.Info("sign-in refused: too many failed attempts", "account", who.known(), "remote", from)
		} else {
			s.refused(who, from, slog.LevelDebug, "sign-in refused: too many failed attempts")
		}
		return fail(TemporaryAuthFailure, "too many failed attempts; wait a minute")
	}
	if proof()&who.real != 1 {
		s.signIns.failed.Add(1)
		s.refused(who, from, slog.LevelInfo, "sign-in failed")
		return notAuthorized()
	}
	s.limiter.succeeded(t)
	return s.enabled(who, from)
}

// enabled tells whether who has proved to be somebody may sign in. Its error is a *Failure.
func (s *Service) enabled(who subject, from netip.Addr) error {
	switch a, ok := s.Account(who.jid); {
	case !ok: // deleted a moment ago
		s.signIns.failed.Add(1)
		return notAuthorized()
	case a.Disabled: // RFC 6120 § 6.5.2; only who knows the password learns it
		s.signIns.failed.Add(1)
		s.refused(who, from, slog.LevelInfo, "sign-in to a disabled account")
		return fail(AccountDisabled, "the administrator has disabled this account")
	}
	s.signIns.succeeded.Add(1)
	return nil
}

// signIns counts attempts since the start.
type signIns struct{ succeeded, failed, limited atomic.Uint64 }

// SignIns is how many attempts to sign in there were since the start: that succeeded, that failed, and that were refused unseen
// because too many had failed before.
func (s *Service) SignIns() (succeeded, failed, limited uint64) {
	return s.signIns.succeeded.Load(), s.signIns.failed.Load(), s.signIns.limited.Load()
}

// refused logs an attempt, unless its address had many.
func (s *Service) refused(who subject, from netip.Addr, level slog.Level, message string) {
	s.refusals.from(from, time.Now()).Write(s.log, level, message, "account", who.known(), "remote", from)
}

// known is the account, "" for a name without one: people type passwords there, so it is not logged.
func (who *subject) known() string {
	if who.real == 1 {
		return who.name
	}
	return ""
}

// CheckPassword signs in with an address and a password, for doors other than SASL: app passwords are for those of clients
// only. from is where the attempt comes from. The limits of failed attempts apply. Its error is a *Failure that the person may see.
func (s *Service) CheckPassword(ctx context.Context, j xmpp.JID, password string, from netip.Addr) error {
	who, err := s.subject(ctx, j.Local(), j.Domain(), scramHashes[:]...)
	if err != nil {
		return err
	}
	return s.admit(ctx, who, from, func() int { return who.isOwn(who.matches(password)) })
}

// isOwn is 1 for the verifier of the password of the account, 0 for one of an app password, and for none.
func (who *subject) isOwn(key int) int {
	if key < 0 || who.keys[key].App != "" {
		return 0
	}
	return 1
}

// HasPassword tells whether a text is the password of an account, and not an app password. No limits apply: it is for who may set the password.
func (s *Service) HasPassword(ctx context.Context, j xmpp.JID, password string) (bool, error) {
	who, err := s.subject(ctx, j.Local(), j.Domain(), scramHashes[:]...)
	return err == nil && who.isOwn(who.matches(password)) == 1, err
}

// Guard lets somebody try a secret that is no password, from an address: proof tells whether it is right and is called only when
// the address may try, by the limit of failed attempts. Its error is a *Failure.
func (s *Service) Guard(from netip.Addr, proof func() bool) error {
	t, ok := s.limiter.takeFrom(from)
	if !ok {
		return fail(TemporaryAuthFailure, "too many failed attempts; wait a minute")
	}
	if !proof() {
		return notAuthorized()
	}
	s.limiter.giveBack(t)
	return nil
}

// matches hashes a password like the verifiers' and finds the one that fits, -1 for none.
func (who *subject) matches(password string) int {
	prepared, err := prepare(password)
	if err != nil {
		return -1
	}
	c, err := who.hash.credential(prepared, who.salt, who.iter)
	if err != nil {
		return -1
	}
	return who.compare(func(k *storage.Credential) int { return subtle.ConstantTimeCompare(c.StoredKey, k.StoredKey) })
}

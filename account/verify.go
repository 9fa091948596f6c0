package account

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/netip"

	"myna/storage"
	"myna/xmpp"
)

// subject is who somebody says to be, with a verifier to compare with: the account's own or, where there is no
// account, a decoy.
type subject struct {
	jid  xmpp.JID
	name string // what attempts are counted by
	hash scramHash
	cred storage.Credential
	real int // 1: the account exists and cred, if there is one, is its own; 0: it is a decoy
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
		if creds, err = s.store.Credentials(ctx, who.jid); err != nil && !errors.Is(err, storage.ErrNotFound) {
			s.log.Error("credentials not readable", "account", who.name, "error", err)
			return subject{}, fail(TemporaryAuthFailure, "")
		}
	}
	known := who.real == 1
	who.hash, who.cred, who.real = hashes[0], s.decoy(hashes[0], who.name, domain), 0
	if !known {
		return who, nil
	}
	for _, h := range hashes {
		for _, c := range creds {
			if h.usable(c) {
				who.hash, who.cred, who.real = h, c, 1
				return who, nil
			}
		}
	}
	return who, nil
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
		level := slog.LevelDebug
		if t.news {
			level = slog.LevelInfo
		}
		s.refused(who, from, level, "sign-in refused: too many failed attempts")
		return fail(TemporaryAuthFailure, "too many failed attempts; wait a minute")
	}
	if proof()&who.real != 1 {
		s.refused(who, from, slog.LevelInfo, "sign-in failed")
		return notAuthorized()
	}
	s.limiter.succeeded(t)
	switch a, ok := s.Account(who.jid); {
	case !ok: // deleted a moment ago
		return notAuthorized()
	case a.Disabled: // RFC 6120 § 6.5.2; only who knows the password learns it
		s.refused(who, from, slog.LevelInfo, "sign-in to a disabled account")
		return fail(AccountDisabled, "the administrator has disabled this account")
	}
	return nil
}

// refused logs an attempt. Names without an account are not logged: people type passwords there.
func (s *Service) refused(who subject, from netip.Addr, level slog.Level, message string) {
	name := ""
	if who.real == 1 {
		name = who.name
	}
	s.log.Log(context.Background(), level, message, "account", name, "remote", from)
}

// CheckPassword signs in with an address and a password, for doors other than SASL; from is where the attempt comes
// from. The limits of failed attempts apply. Its error is a *Failure that the person may see.
func (s *Service) CheckPassword(ctx context.Context, j xmpp.JID, password string, from netip.Addr) error {
	who, err := s.subject(ctx, j.Local(), j.Domain(), scramHashes[:]...)
	if err != nil {
		return err
	}
	return s.admit(ctx, who, from, func() int { return who.matches(password) })
}

// HasPassword tells whether a text is the password of an account. No limits apply: it is for who may set the password.
func (s *Service) HasPassword(ctx context.Context, j xmpp.JID, password string) (bool, error) {
	who, err := s.subject(ctx, j.Local(), j.Domain(), scramHashes[:]...)
	return err == nil && who.matches(password)&who.real == 1, err
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

// matches hashes a password like the verifier's and compares.
func (who subject) matches(password string) int {
	prepared, err := prepare(password)
	if err != nil {
		return 0
	}
	c, err := who.hash.credential(prepared, who.cred.Salt, who.cred.Iterations)
	if err != nil {
		return 0
	}
	return subtle.ConstantTimeCompare(c.StoredKey, who.cred.StoredKey)
}

package account

import (
	"context"
	"crypto/sha256"
	"errors"
	"slices"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Method is a way to sign in.
type Method string

// The ways to sign in.
const (
	ByPassword    Method = "password"
	ByAppPassword Method = "app password"
	ByToken       Method = "token" // of XEP-0484
	ByPass        Method = "pass"  // of a webmail
	ByCertificate Method = "certificate"
	ByNothing     Method = "nothing" // a guest
)

// Proof is what somebody has signed in with.
type Proof struct {
	By     Method
	App    string // the app password, be it that the client used it now or to get its token; "": the password of the account
	Grant  *Grant // with ByPass: what a program has vouched for
	Client Client // as it describes itself
	// Certificate is the one that the account has handed in; "" for none, or one that an authority has signed.
	Certificate string
	plain       bool   // with which nothing may be changed (XEP-0257 § 2.1)
	Since       uint64 // when the account was looked up, for Service.Holds
	mark        [8]byte
}

// Proof tells what who has signed in has signed in with.
func (x *Exchange) Proof() Proof {
	p := Proof{By: ByPassword, App: x.app, Grant: x.grant, Client: x.Client, Since: x.since}
	switch {
	case x.guest:
		p.By = ByNothing
	case x.grant != nil:
		p.By = ByPass
	case x.certified:
		p.By = ByCertificate
		if c := x.certificate; c != nil {
			p.Certificate, p.plain = c.ID, c.Plain
		}
	case x.used != nil:
		p.By = ByToken
	case x.app != "":
		p.By = ByAppPassword
	default:
		p.mark = mark(x.proved)
	}
	return p
}

// Limited tells whether who has signed in so may use the account, but not change who can sign in: an app password is given to a
// program that shall not have the whole account, and who has come by a pass or as a guest has it for a while only.
func (p *Proof) Limited() bool {
	return p.App != "" || p.By == ByPass || p.By == ByNothing || p.plain
}

// noteSignIn keeps when a client and an app password were used. Signing in does not fail where that fails.
func (s *Service) noteSignIn(ctx context.Context, x *Exchange) {
	p, who, now := x.Proof(), x.JID(), time.Now()
	s.change.RLock() // whoever changes the password comes before, and then nothing holds, or after, and removes it
	defer s.change.RUnlock()
	if !s.Holds(who, p.Since) {
		return
	}
	var err error
	if p.By == ByAppPassword {
		err = s.noteUse(ctx, x, now)
	}
	if err == nil && p.Client.ID != "" && (p.By == ByPassword || p.By == ByAppPassword) && s.cfg.Of(x.Domain).ClientDays > 0 {
		err = s.noteClient(ctx, x, now)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) && ctx.Err() == nil {
		s.log.Error("sign-in not noted", "account", who.String(), "error", err)
	}
}

func (s *Service) noteUse(ctx context.Context, x *Exchange, now time.Time) error {
	list, err := s.store.AppPasswords(ctx, x.who)
	if err != nil {
		return err
	}
	for _, a := range list {
		if a.ID == x.app && now.Sub(a.Used) > noteSeen {
			return s.store.UseAppPassword(ctx, x.who, a.ID, now)
		}
	}
	return nil
}

func (s *Service) noteClient(ctx context.Context, x *Exchange, now time.Time) error {
	known, _, err := s.store.Tokens(ctx, x.who, x.Client.ID)
	if err != nil || known.App == x.app && known.Software == x.Client.Software && known.Device == x.Client.Device && now.Sub(known.Seen) <= noteSeen {
		return err
	}
	return s.store.PutClient(ctx, x.who,
		storage.Client{ID: x.Client.ID, Software: x.Client.Software, Device: x.Client.Device, First: now, Seen: now, App: x.app}, s.cfg.Of(x.Domain).TokenClients)
}

// mark tells a verifier from others.
func mark(c storage.Credential) [8]byte {
	sum := sha256.Sum256(c.StoredKey)
	return [8]byte(sum[:8])
}

// Current tells whether who has signed in with the password of an account has signed in with the one that it has now.
func (s *Service) Current(ctx context.Context, j xmpp.JID, p Proof) (bool, error) {
	creds, err := s.store.Credentials(ctx, j.Bare())
	if err != nil || p.By != ByPassword {
		return false, err
	}
	return slices.ContainsFunc(creds, func(c storage.Credential) bool { return mark(c) == p.mark }), nil
}

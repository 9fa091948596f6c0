package signup

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"myna/account"
	"myna/storage"
	"myna/xmpp"
)

// resetSpace is where links are kept by which people set a new password: documents of the domain, by their names.
const resetSpace = "reset"

// Reset is a link by which somebody who has lost the password of an account sets another one, once.
type Reset struct {
	ID      string
	Account xmpp.JID
	Until   time.Time
}

// keptReset is a link as it is kept: without its token.
type keptReset struct {
	Local string    `json:"account"`
	Hash  []byte    `json:"hash"`
	Until time.Time `json:"until"`
	// Created is the account's: whoever gets the address later is somebody else.
	Created time.Time `json:"created"`
}

// NewReset makes a link for an account, in the place of one that it has. The token is not told again.
func (s *Service) NewReset(ctx context.Context, j xmpp.JID) (token string, r Reset, err error) {
	j = j.Bare()
	rec, ok := s.Accounts.Account(j)
	if !ok {
		return "", r, fmt.Errorf("make a link for a new password of %s: %w", j, storage.ErrNotFound)
	}
	token, id, hash := NewToken()
	life := time.Duration(s.Config.Of(j.Domain()).ResetHours) * time.Hour
	r = Reset{ID: id, Account: j, Until: s.Now().Add(life).UTC().Truncate(time.Second)}
	data, err := json.Marshal(keptReset{j.Local(), hash, r.Until, rec.Created})
	if err == nil {
		err = s.changeResets(ctx, j, map[string][]byte{id: data})
	}
	if err != nil {
		return "", Reset{}, fmt.Errorf("make a link for a new password of %s: %w", j, err)
	}
	return token, r, nil
}

// changeResets removes the links of an account, and those of its domain that are over, and keeps others.
func (s *Service) changeResets(ctx context.Context, j xmpp.JID, docs map[string][]byte) error {
	s.resetting.Lock()
	defer s.resetting.Unlock()
	return s.replaceResets(ctx, j, docs)
}

// replaceResets is changeResets. The caller holds resetting.
func (s *Service) replaceResets(ctx context.Context, j xmpp.JID, docs map[string][]byte) error {
	domain, now := j.DomainJID(), s.Now()
	have, err := s.Store.ListDocs(ctx, domain, resetSpace)
	if err != nil {
		return err
	}
	var last time.Time
	note := func(data []byte) (k keptReset, ok bool) {
		ok = json.Unmarshal(data, &k) == nil && now.Before(k.Until)
		return k, ok
	}
	for id, data := range have {
		if k, ok := note(data); !ok || k.Local == j.Local() {
			docs[id] = nil
		} else if k.Until.After(last) {
			last = k.Until
		}
	}
	for _, data := range docs {
		if k, ok := note(data); ok && k.Until.After(last) {
			last = k.Until
		}
	}
	if len(docs) > 0 {
		if err := s.Store.PutDocs(context.WithoutCancel(ctx), domain, resetSpace, docs); err != nil {
			return err
		}
	}
	s.resets.Store(j.Domain(), last)
	return nil
}

// EndResets makes the link of an account worthless: its password was changed, or it is not to be used any more.
func (s *Service) EndResets(ctx context.Context, j xmpp.JID) {
	if until, ok := s.resets.Load(j.Domain()); !ok || until.(time.Time).IsZero() { // there are none in the domain
		return
	}
	if err := s.changeResets(ctx, j.Bare(), map[string][]byte{}); err != nil {
		s.Logger.Error("link for a new password not ended", "account", j.String(), "err", err)
	}
}

// recallResets reads how long there are links of a domain.
func (s *Service) recallResets(ctx context.Context, domain string) error {
	j, err := xmpp.ParseJID(domain)
	if err != nil {
		return err
	}
	return s.changeResets(ctx, j, map[string][]byte{})
}

// FindReset returns the link that a token is for, of a domain, or of any where domain is "". Who tries tokens is slowed down. The
// error is a *Refusal where the person may see it.
func (s *Service) FindReset(ctx context.Context, domain, token string, from netip.Addr) (*Reset, error) {
	domains := []string{domain}
	if domain == "" {
		domains = s.Hosts()
	}
	var found *Reset
	var broken error
	err := s.Accounts.Guard(from, func() bool {
		for _, d := range domains {
			if found, broken = s.findReset(ctx, d, token); found != nil || broken != nil {
				return true
			}
		}
		return false
	})
	switch {
	case broken != nil:
		return nil, broken
	case found != nil:
		return found, nil
	case tooMany(err):
		return nil, slow()
	}
	s.Logger.Info("link for a new password refused", "remote", from)
	return nil, badLink()
}

func badLink() error { return refuse(BadToken, "This link is not valid, or not any more.") }

// findReset is nil, nil for a token that is good for nothing.
func (s *Service) findReset(ctx context.Context, domain, token string) (*Reset, error) {
	token, id, ok := nameOf(token)
	if !ok {
		return nil, nil
	}
	r, hash, err := s.reset(ctx, domain, id)
	if err != nil || r == nil || subtle.ConstantTimeCompare(hashOf(token), hash) != 1 {
		return nil, err
	}
	return r, nil
}

// reset reads a link; nil, nil for one that is not there, or good for nothing any more.
func (s *Service) reset(ctx context.Context, domain, id string) (*Reset, []byte, error) {
	owner, err := xmpp.ParseJID(domain)
	if err != nil {
		return nil, nil, err
	}
	data, err := s.Store.Doc(ctx, owner, resetSpace, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil, nil
	}
	var k keptReset
	if err == nil {
		err = json.Unmarshal(data, &k)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read link %s for a new password: %w", id, err)
	}
	j, err := xmpp.NewJID(k.Local, domain, "")
	if err != nil {
		return nil, nil, err
	}
	if a, ok := s.Accounts.Account(j); !ok || a.Disabled || !a.Created.Equal(k.Created) || !s.Now().Before(k.Until) {
		return nil, nil, nil
	}
	return &Reset{id, j, k.Until}, k.Hash, nil
}

// UseReset sets the password of the account that a link is for, which was found. The link is used up then. The error is a *Refusal where
// the person may see it.
func (s *Service) UseReset(ctx context.Context, r *Reset, password, door string) error {
	var weak *account.PasswordError
	if errors.As(s.Accounts.Acceptable(r.Account, password), &weak) {
		return refuse(Weak, "This password cannot be used: %s.", weak.Reason)
	}
	if err := s.takeReset(ctx, r); err != nil {
		return err
	}
	if err := s.SetLost(context.WithoutCancel(ctx), r.Account, password, r.ID, door); err != nil {
		return fmt.Errorf("set a new password by link %s: %w", r.ID, err)
	}
	s.Logger.Info("password set by a link", "account", r.Account.String(), "link", r.ID, "door", door)
	return nil
}

// takeReset uses a link up, before anything is done with it: of two who have it one comes first, and a server that stops meanwhile has
// ended it.
func (s *Service) takeReset(ctx context.Context, r *Reset) error {
	s.resetting.Lock()
	defer s.resetting.Unlock()
	switch again, _, err := s.reset(ctx, r.Account.Domain(), r.ID); {
	case err != nil:
		return err
	case again == nil || again.Account != r.Account:
		return badLink()
	}
	return s.replaceResets(ctx, r.Account, map[string][]byte{})
}

package signup

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"myna/account"
	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// Store is what a Service needs of storage.
type Store interface {
	Invite(ctx context.Context, id string) (storage.Invite, error)
	UseInvite(ctx context.Context, id string) error
	InvitesUntil(ctx context.Context) (map[string]time.Time, error)
	Granting(context.Context) ([]storage.Invited, error)
	Granted(ctx context.Context, account xmpp.JID) error
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	counts
}

// Options are what a Service is made of.
type Options struct {
	Config   *config.Options[Config]
	Accounts *account.Service
	Store    Store
	// Grant gives an account what its invitation promises. It is called again after an error, at the next start.
	Grant func(context.Context, storage.Invited) error
	// SetLost sets the password of an account whose owner has lost it, and ends its sessions, tokens and app passwords. link is the name
	// of the link by which that is done, door where.
	SetLost func(ctx context.Context, account xmpp.JID, password, link, door string) error
	Hosts   func() []string // the domains served now
	Logger  *slog.Logger
	Now     func() time.Time // nil: time.Now
}

// Service gives people accounts. Its methods may be called on any goroutine.
type Service struct {
	Options
	until    atomic.Pointer[map[string]time.Time] // by domain: when its last usable invitation expires
	reading  sync.Mutex                           // held while until is read anew, so that the last one read stays
	newcomer *quota                               // accounts without an invitation, by address
	all      *quota                               // and altogether, by domain
	contacts *quota                               // wrong tokens of those who have an account, by theirs

	resetting sync.Mutex // held while links for new passwords change
	resets    sync.Map   // domain → time.Time: when its last link for a new password is over
	tickets   tickets    // of those who make an account on a page, for a client
}

// New returns a service. It knows of no invitations until Refresh, and of no accounts that were made today until Recall.
func New(o Options) *Service {
	if o.Now == nil {
		o.Now = time.Now
	}
	s := &Service{Options: o, newcomer: newQuota(day), all: newQuota(day), contacts: newQuota(time.Minute)}
	s.until.Store(&map[string]time.Time{})
	return s
}

// Where it is kept how many accounts were made in a day, among the documents of a host: for a day.
const (
	addressesSpace = "signup-addresses"
	domainsSpace   = "signup-domains"
)

// Recall reads how many accounts strangers have made today, and has that kept from now on: a server that starts anew lets nobody make
// more. home is the host that it is kept with. It also reads which domains have links for new passwords.
func (s *Service) Recall(ctx context.Context, home xmpp.JID) error {
	if err := s.newcomer.kept(ctx, s.Store, home, addressesSpace, s.Now()); err != nil {
		return err
	}
	if err := s.all.kept(ctx, s.Store, home, domainsSpace, s.Now()); err != nil {
		return err
	}
	for _, domain := range s.Hosts() {
		if err := s.recallResets(ctx, domain); err != nil {
			return fmt.Errorf("read links for new passwords: %w", err)
		}
	}
	return nil
}

// Refresh reads anew which domains have invitations: it is called at the start, and after one was made or has gone.
func (s *Service) Refresh(ctx context.Context) error {
	s.reading.Lock()
	defer s.reading.Unlock()
	until, err := s.Store.InvitesUntil(ctx)
	if err != nil {
		return fmt.Errorf("read invitations: %w", err)
	}
	s.until.Store(&until)
	return nil
}

// Ways are the ways in which strangers get an account of a domain now.
type Ways struct {
	Open    bool // in a client
	Web     bool // with the form of the page
	Invited bool // there are invitations that can be used
	Lost    bool // there are links for who has lost the password; they make no account
}

// Ways tells how strangers get an account of a domain now. It answers from memory.
func (s *Service) Ways(domain string) Ways {
	c := s.Config.Of(domain)
	return Ways{Open: c.Enabled, Web: c.Web,
		Invited: c.Invitations != Nobody && s.Now().Before((*s.until.Load())[domain]), Lost: s.lost(domain)}
}

// lost tells whether a domain has links for new passwords.
func (s *Service) lost(domain string) bool {
	until, ok := s.resets.Load(domain)
	return ok && s.Now().Before(until.(time.Time))
}

// MayInvite tells whether an account may invite people to its domain, from memory.
func (s *Service) MayInvite(a *storage.Account) bool {
	switch s.Config.Of(a.JID.Domain()).Invitations {
	case Everybody:
		return !a.ChatOff || a.Role != storage.User // who talks to nobody, like a guest, has no use of a contact
	case Admins:
		return a.Role != storage.User
	}
	return false
}

// Find returns the invitation to a domain that a token is for, or to any where domain is "". Who tries tokens is slowed down:
// from is where the attempt comes from. The error is a *Refusal where the person may see it.
func (s *Service) Find(ctx context.Context, domain, token string, from netip.Addr) (*storage.Invite, error) {
	var found *storage.Invite
	var broken error
	err := s.Accounts.Guard(from, func() bool {
		found, broken = s.find(ctx, domain, token)
		return found != nil || broken != nil
	})
	switch {
	case broken != nil:
		return nil, broken
	case found != nil:
		return found, nil
	case tooMany(err):
		return nil, slow()
	}
	s.Logger.Info("invitation refused", "remote", from)
	return nil, badToken()
}

func slow() error { return refuse(Slow, "Too many attempts; wait a minute.") }

func tooMany(err error) bool {
	var f *account.Failure
	return errors.As(err, &f) && f.Condition == account.TemporaryAuthFailure
}

// find is nil, nil for a token that is good for nothing.
func (s *Service) find(ctx context.Context, domain, token string) (*storage.Invite, error) {
	token, id, ok := nameOf(token)
	if !ok {
		return nil, nil
	}
	i, err := s.Store.Invite(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if !fits(token, &i) || !i.Usable(s.Now()) || domain != "" && i.Domain != domain || !s.stands(&i) {
		return nil, nil
	}
	return &i, nil
}

// stands tells whether an invitation is still what its domain allows, and its inviter somebody who may invite.
func (s *Service) stands(i *storage.Invite) bool {
	policy := s.Config.Of(i.Domain).Invitations
	if i.Inviter.IsZero() {
		return policy != Nobody
	}
	a, ok := s.Accounts.Account(i.Inviter)
	return ok && !a.Disabled && (policy == Everybody || policy == Admins && (i.By != i.Inviter.String() || a.Role != storage.User))
}

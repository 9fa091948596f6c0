package account

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"myna/storage"
	"myna/xmpp"
)

// Draft is an account to be created.
type Draft struct {
	Account  storage.Account
	Password string
	// Credentials are verifiers that were made elsewhere, in place of the password. Those that are missing are made when the
	// client offers to (XEP-0480), or hands the password over.
	Credentials []storage.Credential
	Hashed      func() // told, where it is set, when the password has been hashed; several at the same time
	// Line is written into the audit log together with the account, unless it has no action.
	Line storage.Audit
}

// Create adds an account. Its address is made bare, and its time of creation is now unless it is given. It fails with
// a *PasswordError for one that is not acceptable, with ErrAddress for an address that cannot be an account's, with
// storage.ErrConflict when the address is taken.
func (s *Service) Create(ctx context.Context, a storage.Account, password string) error {
	return s.CreateMany(ctx, []Draft{{Account: a, Password: password}})
}

// CreateMany adds all of the accounts or none. The error names the account that is at fault, where one is.
func (s *Service) CreateMany(ctx context.Context, drafts []Draft) error {
	b, err := s.prepare(ctx, drafts)
	if err != nil {
		return err
	}
	return s.insert(b, func() error { return s.store.CreateAccounts(ctx, b.accounts, b.creds, b.lines...) })
}

// CreateInvited is CreateMany for an account that comes by an invitation, which is used up with it: it fails with
// storage.ErrNotFound where it is so already, or was revoked.
func (s *Service) CreateInvited(ctx context.Context, invite string, d Draft) error {
	b, err := s.prepare(ctx, []Draft{d})
	if err != nil {
		return err
	}
	return s.insert(b, func() error { return s.store.CreateInvited(ctx, invite, b.accounts[0], b.creds[0], b.lines...) })
}

// CreateNoted is CreateMany for one account that has documents from its beginning: both are there, or neither.
func (s *Service) CreateNoted(ctx context.Context, d Draft, space string, docs map[string][]byte) error {
	b, err := s.prepare(ctx, []Draft{d})
	if err != nil {
		return err
	}
	return s.insert(b, func() error { return s.store.CreateNoted(ctx, b.accounts[0], b.creds[0], space, docs, b.lines...) })
}

// batch are accounts that are ready to be written.
type batch struct {
	accounts []storage.Account
	creds    [][]storage.Credential
	lines    []storage.Audit
}

// prepare makes the verifiers of new accounts.
func (s *Service) prepare(ctx context.Context, drafts []Draft) (*batch, error) {
	b := &batch{accounts: make([]storage.Account, len(drafts)), creds: make([][]storage.Credential, len(drafts))}
	group, working := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i, d := range drafts {
		a := d.Account
		if a.JID.Local() == "" {
			return nil, fmt.Errorf("create account %q: %w", a.JID.String(), ErrAddress)
		}
		a.JID = a.JID.Bare()
		if a.Created.IsZero() {
			a.Created = time.Now().UTC()
		}
		a.Created = a.Created.Truncate(time.Microsecond) // what storage keeps
		b.accounts[i] = a
		if d.Line.Action != "" {
			b.lines = append(b.lines, d.Line)
		}
		group.Go(func() (err error) {
			if err = working.Err(); err == nil {
				if b.creds[i] = d.Credentials; b.creds[i] == nil {
					b.creds[i], err = s.derive(a.JID, d.Password)
				} else {
					err = checkImported(b.creds[i])
				}
			}
			if err != nil {
				return fmt.Errorf("create account %s: %w", a.JID, err)
			}
			if d.Hashed != nil {
				d.Hashed()
			}
			return nil
		})
	}
	return b, group.Wait()
}

// insert writes accounts by f and tells of them.
func (s *Service) insert(b *batch, f func() error) error {
	if err := s.write(b, f); err != nil {
		return fmt.Errorf("create accounts: %w", err)
	}
	s.deliver()
	return nil
}

func (s *Service) write(b *batch, f func() error) error {
	s.change.Lock()
	defer s.change.Unlock()
	if err := f(); err != nil {
		return err
	}
	s.index(b.accounts, nil)
	for i := range b.accounts {
		s.setImported(b.accounts[i].JID, b.creds[i])
	}
	for _, a := range b.accounts {
		s.queue(Event{Kind: Created, Account: a})
	}
	return nil
}

// Update changes an account: edit gets it as it is and sets the fields. Its address and time of creation stay. It
// fails with storage.ErrNotFound where there is no account. edit must not call the service.
func (s *Service) Update(ctx context.Context, j xmpp.JID, edit func(*storage.Account)) error {
	if err := s.update(ctx, j.Bare(), edit); err != nil {
		return fmt.Errorf("update account %s: %w", j.Bare(), err)
	}
	s.deliver()
	return nil
}

func (s *Service) update(ctx context.Context, j xmpp.JID, edit func(*storage.Account)) error {
	s.change.Lock()
	defer s.change.Unlock()
	before, ok := s.Account(j)
	if !ok {
		return storage.ErrNotFound
	}
	after := before
	edit(&after)
	after.JID, after.Created = before.JID, before.Created
	events := differences(before, after)
	if len(events) == 0 {
		return nil
	}
	if err := s.store.UpdateAccount(ctx, after); err != nil {
		return err
	}
	s.index([]storage.Account{after}, nil)
	if after.Disabled && !before.Disabled {
		s.barrier.raise(j)
	}
	s.queue(events...)
	return nil
}

// Disable keeps the account's owner from signing in; sessions are ended by who is told of it.
func (s *Service) Disable(ctx context.Context, j xmpp.JID) error {
	return s.Update(ctx, j, func(a *storage.Account) { a.Disabled = true })
}

// Enable undoes Disable.
func (s *Service) Enable(ctx context.Context, j xmpp.JID) error {
	return s.Update(ctx, j, func(a *storage.Account) { a.Disabled = false })
}

// Rename gives the account another display name.
func (s *Service) Rename(ctx context.Context, j xmpp.JID, name string) error {
	return s.Update(ctx, j, func(a *storage.Account) { a.Name = name })
}

// SetChat switches chat on or off; without it the address has mail only.
func (s *Service) SetChat(ctx context.Context, j xmpp.JID, on bool) error {
	return s.Update(ctx, j, func(a *storage.Account) { a.ChatOff = !on })
}

// Delete removes the account with all that belongs to it.
func (s *Service) Delete(ctx context.Context, j xmpp.JID) error {
	if err := s.remove(ctx, j.Bare()); err != nil {
		return fmt.Errorf("delete account %s: %w", j.Bare(), err)
	}
	s.deliver()
	return nil
}

func (s *Service) remove(ctx context.Context, j xmpp.JID) error {
	s.change.Lock()
	defer s.change.Unlock()
	a, ok := s.Account(j)
	if !ok {
		return storage.ErrNotFound
	}
	if err := s.store.DeleteAccount(ctx, j); err != nil {
		return err
	}
	s.index(nil, []xmpp.JID{j})
	s.setImported(j, nil)
	s.guests.remove(j)
	if err := s.dropCertificates(ctx, j); err != nil { // the next load removes them
		s.log.Error("certificates of a deleted account not removed", "account", j.String(), "error", err)
	}
	s.limiter.forget(j.String())
	s.barrier.raise(j)
	s.queue(Event{Kind: Deleted, Account: a, Before: a})
	return nil
}

// SetPassword replaces all credentials of the account. It fails with a *PasswordError for one that is not acceptable.
func (s *Service) SetPassword(ctx context.Context, j xmpp.JID, password string) error {
	creds, err := s.derive(j, password)
	if err == nil {
		err = s.setCredentials(ctx, j.Bare(), creds)
	}
	if err != nil {
		return fmt.Errorf("set password of %s: %w", j.Bare(), err)
	}
	s.deliver()
	return nil
}

func (s *Service) setCredentials(ctx context.Context, j xmpp.JID, creds []storage.Credential) error {
	s.change.Lock()
	defer s.change.Unlock()
	a, ok := s.Account(j)
	if !ok {
		return storage.ErrNotFound
	}
	// Who changes a password because it has become known wants to be rid of what somebody else has made with it.
	if err := s.dropCertificates(ctx, j); err != nil {
		return err
	}
	if err := s.store.SetCredentials(ctx, j, creds); err != nil {
		return err
	}
	s.setImported(j, creds)
	s.barrier.raise(j)
	s.queue(Event{Kind: PasswordChanged, Account: a, Before: a})
	return nil
}

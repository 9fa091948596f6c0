package signup

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"myna/account"
	"myna/storage"
	"myna/xmpp"
)

// Request is what somebody wants to be made.
type Request struct {
	Domain     string
	Name       string // the localpart, as it was typed
	Password   string
	Display    string // name, "" for none
	Lang       string
	Invitation *storage.Invite // that Find has found; nil: without
	From       netip.Addr
	Door       string // "xmpp", "web": which way has to be open
	Ticket     string // by which a client learns what was made; "": none
}

const (
	maxName    = 64  // bytes of a localpart: that of a mail address has no more (RFC 5321 § 4.5.3.1.1)
	maxDisplay = 128 // characters
	day        = 24 * time.Hour
)

// Create makes an account. The error is a *Refusal where the person may see it; which names there are is told only to those
// who may have one.
func (s *Service) Create(ctx context.Context, r Request) (xmpp.JID, error) {
	if w := s.Ways(r.Domain); r.Invitation == nil && !(r.Door == "xmpp" && w.Open || r.Door == "web" && w.Web) {
		return xmpp.JID{}, closed()
	}
	var made xmpp.JID
	var failed error
	err := s.Accounts.Guard(r.From, func() bool {
		made, failed = s.create(ctx, &r)
		var refused *Refusal
		return failed == nil || !errors.As(failed, &refused) // who tries names pays for it, not who finds us at fault
	})
	if failed == nil && tooMany(err) {
		failed = slow()
	}
	if failed != nil {
		return xmpp.JID{}, failed
	}
	s.Logger.Info("account made by its owner", "account", made.String(), "remote", r.From, "door", r.Door, "invitation", nameIn(r.Invitation))
	if r.Invitation != nil {
		s.invited(ctx, made, r.Invitation)
	}
	s.noteMade(r.Ticket, made)
	return made, nil
}

// Where it is kept that somebody has made an account without being invited. It is written together with the account.
const (
	aloneSpace = "signup"
	aloneKey   = "alone"
)

// Alone tells whether somebody has made an account by themselves, without an invitation.
func (s *Service) Alone(ctx context.Context, j xmpp.JID) (bool, error) {
	_, err := s.Store.Doc(ctx, j.Bare(), aloneSpace, aloneKey)
	if errors.Is(err, storage.ErrNotFound) {
		return false, nil
	}
	return err == nil, err
}

func (s *Service) create(ctx context.Context, r *Request) (xmpp.JID, error) {
	j, err := s.name(r)
	if err != nil {
		return j, err
	}
	var weak *account.PasswordError
	if errors.As(s.Accounts.Acceptable(j, r.Password), &weak) {
		return j, refuse(Weak, "This password cannot be used: %s.", weak.Reason)
	}
	if s.Accounts.Exists(j) {
		return j, taken()
	}
	if r.Invitation == nil {
		giveBack, full := s.room(ctx, r)
		if full != nil {
			return j, full
		}
		defer func() {
			if err != nil {
				giveBack()
			}
		}()
	}
	err = s.insert(ctx, r, j)
	switch {
	case errors.Is(err, storage.ErrConflict):
		err = taken()
	case errors.Is(err, storage.ErrNotFound): // the invitation was used or revoked meanwhile
		err = badToken()
	}
	return j, err
}

func taken() error { return refuse(Taken, "This name is not available; choose another one.") }

// name is the address that is to be made.
func (s *Service) name(r *Request) (xmpp.JID, error) {
	j, err := xmpp.NewJID(r.Name, r.Domain, "")
	if err != nil || j.Local() == "" || len(j.Local()) > maxName {
		return j, refuse(BadName, "This cannot be a name: use letters and digits, at most %d bytes.", maxName)
	}
	if i := r.Invitation; i != nil && i.Local != "" {
		if j.Local() != i.Local { // XEP-0445 § 2.1
			return j, refuse(Other, "This invitation is for %s.", i.Kept())
		}
		return j, nil // who made it has decided on the name
	}
	if mixed(j.Local()) {
		return j, refuse(BadName, "This cannot be a name: its letters are of several scripts.")
	}
	if s.Config.Of(r.Domain).reserved(j.Local()) || s.imitates(j) {
		return j, taken()
	}
	return j, nil
}

// room counts an account without an invitation. The error is a *Refusal where there is no room for it.
func (s *Service) room(ctx context.Context, r *Request) (giveBack func(), err error) {
	c, now, address := s.Config.Of(r.Domain), s.Now(), prefix(r.From)
	back := func(q *quota, key string) {
		if err := q.giveBack(ctx, key); err != nil {
			s.Logger.Error("an account that was not made is counted", "key", key, "err", err)
		}
	}
	switch ok, err := s.newcomer.take(ctx, address, c.AccountsPerAddress, now); {
	case err != nil:
		return nil, err
	case !ok:
		return nil, enough(Enough, c.AccountsPerAddress)
	}
	ok, err := s.all.take(ctx, r.Domain, c.AccountsPerDay, now)
	switch {
	case err != nil:
		back(s.newcomer, address)
		return nil, err
	case !ok:
		back(s.newcomer, address)
		s.Logger.Warn("no more accounts are made today", "domain", r.Domain, "accounts", c.AccountsPerDay)
		return nil, enough(Full, c.AccountsPerDay)
	}
	return func() {
		back(s.newcomer, address)
		back(s.all, r.Domain)
	}, nil
}

// prefix is what counts as one address: whoever has one IPv6 address usually has the /64.
func prefix(a netip.Addr) string {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		if p, err := a.Prefix(64); err == nil {
			return p.String()
		}
	}
	return a.String()
}

// insert writes the account, with its line in the audit log.
func (s *Service) insert(ctx context.Context, r *Request, j xmpp.JID) error {
	a := storage.Account{JID: j, Name: display(r.Display), Lang: r.Lang, Created: s.Now().UTC()}
	fields := map[string]string{"address": j.String()}
	if a.Name != "" {
		fields["name"] = a.Name
	}
	if r.Invitation != nil {
		fields["invitation"] = r.Invitation.ID
	}
	change, err := json.Marshal(map[string]any{"new": fields})
	if err != nil {
		return err
	}
	d := account.Draft{Account: a, Password: r.Password, Line: storage.Audit{
		At: s.Now(), Actor: j.String(), Door: r.Door, Action: "account.register", Object: j.String(), Change: string(change)}}
	if r.Invitation != nil {
		return s.Accounts.CreateInvited(ctx, r.Invitation.ID, d)
	}
	return s.Accounts.CreateNoted(ctx, d, aloneSpace, map[string][]byte{aloneKey: []byte(r.Door)})
}

// display is a display name as it can be shown: one line, and nothing that turns what stands beside it around.
func display(name string) string {
	name = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(name, ""), func(c rune) bool {
		return unicode.IsSpace(c) || unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c)
	}), " ")
	if utf8.RuneCountInString(name) > maxDisplay {
		name = string([]rune(name)[:maxDisplay])
	}
	return name
}

func nameIn(i *storage.Invite) string {
	if i == nil {
		return ""
	}
	return i.ID
}

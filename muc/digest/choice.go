package digest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Usual is the choice of who wants mails as the domain has them.
const Usual = "default"

// Choices lists what a person may choose.
func Choices() []string { return []string{Usual, Off, Short, Hour, Daily} }

// Docs is the part of storage.Docs where choices are kept.
type Docs interface {
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error
	DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error
}

const (
	space     = "digest"
	keySent   = "sent"
	keyChoice = "choice"
)

// Choice is how often somebody wants to be told: one of Choices.
func Choice(ctx context.Context, docs Docs, who xmpp.JID) (string, error) {
	b, err := docs.Doc(ctx, who, space, keyChoice)
	if err != nil || len(b) == 0 {
		return Usual, ignore(err)
	}
	return string(b), nil
}

// Choose keeps how often somebody wants to be told.
func Choose(ctx context.Context, docs Docs, who xmpp.JID, choice string) error {
	switch {
	case !slices.Contains(Choices(), choice):
		return fmt.Errorf("choose mails about groups: %q is no choice", choice)
	case choice == Usual:
		return docs.DeleteDoc(ctx, who, space, keyChoice)
	}
	return docs.PutDoc(ctx, who, space, keyChoice, []byte(choice))
}

// Works tells whether mails can be sent at all.
func (d *Digest) Works() bool { return d.Config.All().Relay != "" }

// State counts who of a domain waits for a mail, and whose mail could not be sent at the last try; domain "" is all.
func (d *Digest) State(domain string) (waiting, failing int) {
	d.mu.Do(func() {
		for who, w := range d.wait {
			if domain != "" && who.Domain() != domain {
				continue
			}
			waiting++
			if w.failures > 0 {
				failing++
			}
		}
	})
	return waiting, failing
}

// Chosen is told that somebody may have chosen anew: the choice counts from now on. It does not block.
func (d *Digest) Chosen(who xmpp.JID) {
	waits := false
	d.mu.Do(func() {
		if w := d.wait[who]; w != nil && w.failures == 0 {
			w.look, waits = d.Now(), true
		}
	})
	if waits {
		d.rouse()
	}
}

// Usual is the rhythm of a domain.
func (d *Digest) Usual(domain string) string { return d.Config.Of(domain).Digest }

// rhythm is how often somebody is told: the own choice counts more than that of the domain.
func (d *Digest) rhythm(ctx context.Context, who xmpp.JID) (string, error) {
	choice, err := Choice(ctx, d.Store, who)
	if choice == Usual {
		choice = d.Usual(who.Domain())
	}
	return choice, err
}

// sent is from when on an account was not told.
func (d *Digest) sent(ctx context.Context, who xmpp.JID) (time.Time, error) {
	b, err := d.Store.Doc(ctx, who, space, keySent)
	if err != nil {
		return time.Time{}, ignore(err)
	}
	us, err := strconv.ParseInt(string(b), 10, 64)
	return time.UnixMicro(us), err
}

func ignore(err error) error {
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	return err
}

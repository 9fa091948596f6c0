// Package announcements tells people what their administrators have to say (XEP-0133): at once, to who is signed in (§ 4.23), a
// message of the day, to everybody once when they are there next (§ 4.24 to § 4.26), and a welcome to who is new (§ 4.27,
// § 4.28). The commands for that are in package commands, their operations in package admin.
//
// What is said comes from the domain, as an ordinary message: it is in the archive of who gets it. Each account has a document of
// what it was told, so nobody is told twice.
package announcements

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Docs keeps the messages, and who was told (storage.Docs).
type Docs interface {
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error
	DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error
}

// Router sends messages, and knows who is signed in.
type Router interface {
	Send(*xmpp.Element) error
	EachSession(func(hook.Session))
}

// Options are what an Announcements is made of.
type Options struct {
	Docs   Docs
	Router Router
	// LastSeen is the time of the last sign-off of an account; zero: never.
	LastSeen func(ctx context.Context, account xmpp.JID) (time.Time, error)
	Exists   func(account xmpp.JID) bool
	Logger   *slog.Logger
}

// Announcements is the module.
type Announcements struct {
	Options
	mu      sync.Mutex
	known   map[standingKey]standing // guarded by mu
	telling map[xmpp.JID]bool        // accounts that are being told; guarded by mu
}

// Kind is a standing message.
type Kind string

// The standing messages.
const (
	OfTheDay Kind = "motd"    // XEP-0133 § 4.24
	Welcome  Kind = "welcome" // § 4.27
)

const space = "announcements"

// standing is a message that is told to those who come; zero: there is none.
type standing struct {
	ID   string `json:"id"` // another one is told again
	Text string `json:"text"`
}

type standingKey struct {
	domain string
	kind   Kind
}

// New returns the module.
func New(o Options) *Announcements {
	return &Announcements{Options: o, known: map[standingKey]standing{}, telling: map[xmpp.JID]bool{}}
}

// Register names what it does.
func (m *Announcements) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0506", Version: "0.1.0", Status: hook.Complete, Note: "domains and services"})
	r.Feature(hook.Server, ns.NoReply) // XEP-0506 § 4: nobody reads what is written to a domain
	r.On(hook.Available, m.arrived)
}

// Announce tells all accounts of a domain that have a session, and returns how many there are (§ 4.23).
func (m *Announcements) Announce(domain, text string) (int, error) {
	online := m.online(domain)
	for j := range online {
		if err := m.tell(j, "", text); err != nil {
			return 0, fmt.Errorf("announce to %s: %w", j, err)
		}
	}
	return len(online), nil
}

func (m *Announcements) online(domain string) map[xmpp.JID]bool {
	all := map[xmpp.JID]bool{}
	m.Router.EachSession(func(s hook.Session) {
		if j := s.JID().Bare(); j.Domain() == domain && m.Exists(j) {
			all[j] = true
		}
	})
	return all
}

// tell sends a message of the domain to an account.
func (m *Announcements) tell(j xmpp.JID, subject, text string) error {
	e := xmpp.El(ns.Client, "message").Set("from", j.Domain()).Set("to", j.String()).Set("id", xmpp.NewID())
	if subject != "" {
		e.Add(xmpp.El(ns.Client, "subject").AddText(subject))
	}
	return m.Router.Send(e.Add(xmpp.El(ns.Client, "body").AddText(text)))
}

// Standing returns a standing message of a domain, "" for none.
func (m *Announcements) Standing(ctx context.Context, domain string, kind Kind) (string, error) {
	s, err := m.read(ctx, domain, kind)
	return s.Text, err
}

func (m *Announcements) read(ctx context.Context, domain string, kind Kind) (standing, error) {
	key := standingKey{domain, kind}
	m.mu.Lock()
	s, ok := m.known[key]
	m.mu.Unlock()
	if ok {
		return s, nil
	}
	owner, err := xmpp.ParseJID(domain)
	if err != nil {
		return s, err
	}
	data, err := m.Docs.Doc(ctx, owner, space, string(kind))
	if err == nil {
		err = json.Unmarshal(data, &s)
	}
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return s, fmt.Errorf("read %s of %s: %w", kind, domain, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, ok := m.known[key]; ok { // set meanwhile
		return now, nil
	}
	m.known[key] = s
	return s, nil
}

// Set sets a standing message, or removes it with no text. One that corrects what there is (§ 4.25) is not told again to who
// was told that. A message of the day is told at once to who is there.
func (m *Announcements) Set(ctx context.Context, domain string, kind Kind, text string, correct bool) error {
	before, err := m.read(ctx, domain, kind)
	if err != nil {
		return err
	}
	owner, err := xmpp.ParseJID(domain)
	if err != nil {
		return err
	}
	var now standing
	if text == "" {
		err = m.Docs.DeleteDoc(ctx, owner, space, string(kind))
	} else {
		now = standing{before.ID, text}
		if !correct || before.ID == "" {
			now.ID = xmpp.NewID()
		}
		var data []byte
		if data, err = json.Marshal(now); err == nil {
			err = m.Docs.PutDoc(ctx, owner, space, string(kind), data)
		}
	}
	if err != nil {
		return fmt.Errorf("set %s of %s: %w", kind, domain, err)
	}
	m.mu.Lock()
	m.known[standingKey{domain, kind}] = now
	m.mu.Unlock()
	if kind == OfTheDay && text != "" {
		for j := range m.online(domain) {
			m.greet(ctx, j)
		}
	}
	return nil
}

package signup

import (
	"strings"
	"sync"
	"time"

	"crypto/rand"

	"myna/xmpp"
)

const (
	ticketLife = time.Hour
	maxTickets = 4096
)

// tickets tell a client which account its person has made on the page that it has sent them to (XEP-0389 § 7.2). They are in memory: a
// person whose server stopped meanwhile has the account all the same.
type tickets struct {
	mu sync.Mutex
	of map[string]*ticket // guarded by mu
}

// ticket is one visit to the page.
type ticket struct {
	domain string
	made   xmpp.JID // zero: nothing yet
	until  time.Time
}

// Ticket makes one for a domain; "" where there are too many at a time.
func (s *Service) Ticket(domain string) string {
	t, now := &s.tickets, s.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]*ticket{}
	}
	if len(t.of) >= maxTickets {
		for name, old := range t.of {
			if !now.Before(old.until) {
				delete(t.of, name)
			}
		}
	}
	if len(t.of) >= maxTickets {
		return ""
	}
	name := strings.ToLower(rand.Text())
	t.of[name] = &ticket{domain: domain, until: now.Add(ticketLife)}
	return name
}

// noteMade notes what was made with a ticket: the first account counts.
func (s *Service) noteMade(name string, made xmpp.JID) {
	t := &s.tickets
	t.mu.Lock()
	defer t.mu.Unlock()
	if one := t.of[name]; one != nil && one.made.IsZero() && one.domain == made.Domain() {
		one.made = made
	}
}

// Made returns the account that was made with a ticket, which is of no use any more then; zero: none yet.
func (s *Service) Made(name string) xmpp.JID {
	t := &s.tickets
	t.mu.Lock()
	defer t.mu.Unlock()
	one := t.of[name]
	if one == nil || one.made.IsZero() {
		return xmpp.JID{}
	}
	delete(t.of, name)
	return one.made
}

// Package relay is the floor under the comparison: a server that signs everybody in (SASL PLAIN, any password) and
// only moves bytes. It keeps nothing, checks nothing and knows just enough of RFC 6120, RFC 6121, XEP-0198 and
// XEP-0045 for the load scenarios, so its cost is about what sockets and the Go runtime cost by themselves. Tests use
// it with a Fault to see that the scenarios notice a bad server. Never expose it to a network.
package relay

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
)

// Fault decides what happens to the n-th relayed message (from 0): how many copies are delivered, and whether it
// waits for the next one and goes behind it.
type Fault func(n int) (copies int, swap bool)

// Server is the relay of one domain.
type Server struct {
	domain string
	fault  Fault

	mu       sync.Mutex
	sessions map[string]*session   // guarded by mu: by bare JID
	rooms    map[string][]*session // guarded by mu: occupants by the room's bare JID
	nicks    map[string]string     // guarded by mu: nick by room + " " + bare JID
	relayed  int                   // guarded by mu
	held     func(by *session)     // guarded by mu: a message that a fault holds back
	all      map[net.Conn]bool     // guarded by mu
}

// New makes a relay; fault may be nil.
func New(domain string, fault Fault) *Server {
	return &Server{domain: domain, fault: fault, sessions: make(map[string]*session),
		rooms: make(map[string][]*session), nicks: make(map[string]string), all: make(map[net.Conn]bool)}
}

// Serve accepts connections until ctx ends, then closes all and waits for their goroutines. It closes l.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	var wg sync.WaitGroup
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		s.mu.Lock()
		defer s.mu.Unlock()
		for nc := range s.all {
			_ = nc.Close()
		}
	})
	defer stop()
	for {
		nc, err := l.Accept()
		if err != nil {
			wg.Wait()
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("accept: %w", err)
		}
		s.mu.Lock()
		s.all[nc] = true
		s.mu.Unlock()
		if ctx.Err() != nil {
			_ = nc.Close()
		}
		wg.Go(func() { s.session(nc) })
	}
}

func (s *Server) session(nc net.Conn) {
	ss := &session{srv: s, nc: nc, buf: make([]byte, 0, 4096)}
	_ = ss.run() // however it ended, the connection is over
	_ = nc.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, nc)
	if s.sessions[ss.bare] == ss {
		delete(s.sessions, ss.bare)
	}
	for room, occupants := range s.rooms {
		for i, o := range occupants {
			if o == ss {
				s.rooms[room] = append(append([]*session(nil), occupants[:i]...), occupants[i+1:]...)
				break
			}
		}
	}
}

// message relays el to one account or to all occupants of a room. from is what the receivers see.
func (s *Server) message(from *session, to string, el []byte) {
	bare, _, _ := strings.Cut(to, "/")
	s.mu.Lock()
	sender, targets := from.jid, s.rooms[bare]
	if targets != nil {
		sender = bare + "/" + s.nicks[bare+" "+from.bare]
	} else if one := s.sessions[bare]; one != nil {
		targets = []*session{one}
	}
	copies, swap := 1, false
	if s.fault != nil {
		copies, swap = s.fault(s.relayed)
	}
	s.relayed++
	out := stamp(el, sender)
	deliver := func(by *session) {
		for _, t := range targets {
			for range copies {
				t.queue(out)
			}
			by.touch(t)
		}
	}
	if swap && s.held == nil {
		s.held = deliver
		s.mu.Unlock()
		return
	}
	deliver(from)
	if s.held != nil {
		s.held(from)
		s.held = nil
	}
	s.mu.Unlock()
}

// presence broadcasts el to everybody, or lets its sender into a room.
func (s *Server) presence(from *session, to string, el []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if to == "" {
		out := stamp(el, from.jid)
		for _, t := range s.sessions {
			t.queue(out)
			from.touch(t)
		}
		return
	}
	room, nick, _ := strings.Cut(to, "/")
	const x = "'><x xmlns='http://jabber.org/protocol/muc#user'>"
	for _, other := range s.rooms[room] {
		from.queue([]byte("<presence from='" + room + "/" + s.nicks[room+" "+other.bare] + "' to='" + from.jid + x + "</x></presence>"))
		other.queue([]byte("<presence from='" + to + "' to='" + other.jid + x + "</x></presence>"))
		from.touch(other)
	}
	s.rooms[room] = append(s.rooms[room], from)
	s.nicks[room+" "+from.bare] = nick
	from.queue([]byte("<presence from='" + to + "' to='" + from.jid + x + "<status code='110'/></x></presence>"))
}

// stamp writes the sender's address into the first tag.
func stamp(el []byte, from string) []byte {
	i := bytes.IndexAny(el, " >/")
	out := make([]byte, 0, len(el)+len(from)+8)
	out = append(append(append(out, el[:i]...), " from='"...), from...)
	return append(append(out, '\''), el[i:]...)
}

// account reads the user's name out of a SASL PLAIN message (RFC 4616).
func account(encoded []byte) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(string(encoded))
	if err != nil {
		return "", fmt.Errorf("sign in: %w", err)
	}
	parts := strings.Split(string(raw), "\x00")
	if len(parts) != 3 || parts[1] == "" {
		return "", errors.New("sign in: no name")
	}
	return parts[1], nil
}

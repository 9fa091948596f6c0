// Package router decides who gets a stanza: the hosts of this server, the sessions of this node, the delivery table
// of RFC 6121 § 8.5 and the stages of package hook along the way (docs/routing.md). It follows RFC 6120 § 10 for the
// rules of addresses.
//
// A stanza's way: the sender's stages, the addressee's stages, one commit for what both archive, then copies and
// delivery. A stanza that nothing archives goes through in one call, on the goroutine of its session. Stanzas of one
// sender keep their order: while an earlier one waits for its commit, messages queue behind it in the log, and
// requests and presence wait on the sender's goroutine.
package router

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/wire"
)

// Directory knows which accounts there are. It answers from memory.
type Directory interface {
	Exists(bare xmpp.JID) bool
}

// Log is what the router needs of the archive's log.
type Log interface {
	AppendAsync(entries []storage.Entry, done func(ids []int64, err error)) error
}

// Remote takes stanzas for other servers.
type Remote interface {
	// Route queues a frame; an error is sent to whom the frame came from.
	Route(from xmpp.JID, f xmpp.Frame) error
}

// Options are what a Router is made of.
type Options struct {
	Registry  *hook.Registry
	Directory Directory
	Log       Log
	Remote    Remote // nil: no federation; foreign addresses are remote-server-not-found
	Logger    *slog.Logger
	// Waits tells whether an archived message will be given to its owner's next session; nil: none will.
	Waits func(owner xmpp.JID, id int64) bool
	// Knows tells whether asker may know that the account owner exists: it sees its presence. It costs the same where owner
	// does not exist. nil: everybody may.
	Knows func(owner, asker xmpp.JID) bool
	// Hosts are the names this server answers to: a domain maps to hook.Server, a service's name to its target.
	Hosts map[string]hook.Target
}

// Router routes. Its methods may be called on any goroutine, with no lock held.
type Router struct {
	reg      *hook.Registry
	dir      Directory
	log      Log
	remote   Remote
	logger   *slog.Logger
	waits    func(owner xmpp.JID, id int64) bool
	knows    func(owner, asker xmpp.JID) bool
	hosts    map[string]hook.Target
	sessions sessions
	asks     asks
	packets  sync.Pool                  // *flight
	received [xmpp.IQ + 1]atomic.Uint64 // stanzas of clients, by kind
	ctx      context.Context
}

// New returns a Router. ctx ends when the server stops; request handlers get it.
func New(ctx context.Context, o Options) *Router {
	r := &Router{reg: o.Registry, dir: o.Directory, log: o.Log, remote: o.Remote, logger: o.Logger, waits: o.Waits, knows: o.Knows,
		hosts: o.Hosts, ctx: ctx}
	r.sessions.start()
	r.asks.start()
	r.packets.New = func() any { return r.newFlight() }
	return r
}

// Taken is how many stanzas of a kind clients have sent since the start.
func (r *Router) Taken(k xmpp.Kind) uint64 {
	if int(k) >= len(r.received) {
		return 0
	}
	return r.received[k].Load()
}

// Target says what a domain is to this server; ok is false for a foreign one.
func (r *Router) Target(domain string) (t hook.Target, ok bool) {
	t, ok = r.hosts[domain]
	return t, ok
}

// ServiceOf returns the name under which a service is hosted for a domain, "" for none: the shortest that ends in the
// domain, as a longer one may be of a domain below it.
func (r *Router) ServiceOf(t hook.Target, domain string) (host string) {
	for h, ht := range r.hosts {
		if ht == t && len(h) > len(domain) && h[len(h)-len(domain):] == domain && h[len(h)-len(domain)-1] == '.' {
			if host == "" || len(h) < len(host) || len(h) == len(host) && h < host {
				host = h
			}
		}
	}
	return host
}

// Federated tells whether stanzas go to other servers.
func (r *Router) Federated() bool { return r.remote != nil }

// IsAccount tells whether an address is one of an account here.
func (r *Router) IsAccount(j xmpp.JID) bool {
	return j.Local() != "" && r.hosts[j.Domain()] == hook.Server && r.dir.Exists(j.Bare())
}

// Bind makes a session reachable. It returns the session that had the same full address before and is now
// replaced (RFC 6120 § 7.7.2.2), or nil.
func (r *Router) Bind(s hook.Session) (replaced hook.Session) { return r.sessions.add(s) }

// Unbind ends what Bind began; it tells whether the session was bound still.
func (r *Router) Unbind(s hook.Session) bool { return r.sessions.remove(s) }

// Sessions returns the sessions of an account at this moment. The slice must not be changed.
func (r *Router) Sessions(bare xmpp.JID) []hook.Session { return r.sessions.of(bare) }

// Session returns the session with a full address, or nil.
func (r *Router) Session(full xmpp.JID) hook.Session { return r.sessions.find(full) }

// EachSession calls f for every session of this node.
func (r *Router) EachSession(f func(hook.Session)) { r.sessions.each(f) }

// ToSession sends a frame to the session with the full address To, without any stage. It is for fan-out by services
// that have done their own checks. It is false when there is no such session.
func (r *Router) ToSession(f xmpp.Frame) bool {
	s := r.sessions.find(f.To)
	return s != nil && s.Send(f)
}

// refuse is the one place that answers a stanza that could not go on. Unexpected errors are logged here.
func (r *Router) refuse(p *hook.Packet, err error) {
	if _, seen := xmpp.ErrorElement(err); !seen {
		r.logger.Error("stanza failed", "kind", p.Kind.String(), "from", p.From.String(), "to", p.To.String(), "err", err)
	}
	f, ok := xmpp.ErrorReply(p.Stanza, err)
	if !ok {
		return
	}
	if p.Session != nil {
		p.Session.Send(f)
		return
	}
	r.passOn(p.To, f)
}

// passOn brings a frame that needs no stages (an error, an IQ result) to whoever it is for.
func (r *Router) passOn(from xmpp.JID, f xmpp.Frame) {
	t, ours := r.hosts[f.To.Domain()]
	switch {
	case ours && t == hook.Server:
		r.ToSession(f)
	case ours:
		r.toHost(from, f, t)
	case r.remote != nil:
		if err := r.remote.Route(from, f); err != nil {
			r.logger.Debug("answer not delivered", "to", f.To.String(), "err", err)
		}
	}
}

// toHost brings an answer to a hosted service, which may have to forget somebody who cannot be reached (XEP-0045 § 17.5).
// Whatever the service says to it goes nowhere: an error is never answered (RFC 6120 § 8.3.1).
func (r *Router) toHost(from xmpp.JID, f xmpp.Frame, t hook.Target) {
	h := r.reg.Host(t)
	st, err := wire.Parse(f.Append(nil, ""))
	if err != nil {
		r.logger.Error("answer not delivered", "to", f.To.String(), "err", err)
		return
	}
	st.From, st.To = from, f.To
	if st.Kind == xmpp.IQ && r.asks.answer(st) || h == nil {
		return
	}
	p := &hook.Packet{Stanza: st, Owner: f.To.Bare()}
	p.BuildTail()
	if err := h(p); err != nil {
		r.logger.Debug("answer not taken", "from", from.String(), "to", f.To.String(), "err", err)
	}
}

// stage runs the handlers of one stage. It is the error of the first that does not pass the packet on.
func (r *Router) stage(p *hook.Packet, side hook.Side, owner xmpp.JID, s hook.Stage) error {
	hs := r.reg.Stage(side, s)
	if len(hs) == 0 {
		return nil
	}
	p.Side, p.Owner = side, owner
	for _, h := range hs {
		if err := h(p); err != nil {
			return err
		}
	}
	return nil
}

func errRemote() error {
	return xmpp.Refuse(stanza.RemoteServerNotFound, "This server does not exchange messages with other servers.")
}

// askTimeout is how long an answer to a request of ours is waited for.
const askTimeout = 30 * time.Second

package bosh

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"
	"slices"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/transport"
)

// maxPrepared is how many sessions may wait for those whom they are for.
const maxPrepared = 1000

// maxAsked is how often an answer is asked for.
const maxAsked = 10

// ErrPrepared says that too many sessions wait for those whom they are for.
var ErrPrepared = errors.New("too many sessions wait to be taken over")

// Prepared is a session that begins here, for a client that takes it over: who knows its id and the next request id goes on with it
// as if it had sent the requests before (what clients call prebinding). A client that does not come in the time of XEP-0124 § 10
// finds it ended. One goroutine uses it.
type Prepared struct {
	c   *Conn
	rid uint64
}

// Prepare begins a session with a host. pass signs in by EXTERNAL. As long as nobody has taken it over it counts for no address.
func (h *Handler) Prepare(host, pass string) (*Prepared, error) {
	first, err := rand.Int(rand.Reader, big.NewInt(1<<50)) // XEP-0124 § 14.1: large, but no danger to go beyond the limit
	if err != nil {
		return nil, fmt.Errorf("prepare session: %w", err)
	}
	p := &Prepared{rid: first.Uint64() + 1}
	req := &request{rid: p.rid, to: host, wait: -1, hold: -1, ver: "1.11", version: "1.0"}
	// Nothing has gone over a network yet.
	who := transport.Peer{Encrypted: true, Local: true, Pass: pass}
	p.c = newConn(h, rand.Text(), req, who)
	p.c.client.Store(&client{Peer: who, how: "BOSH, not taken over yet", prepared: true})
	h.mu.Lock()
	full := h.prepared >= maxPrepared
	if !full {
		h.prepared++
	}
	h.mu.Unlock()
	if full {
		return nil, ErrPrepared
	}
	if !h.begin(p.c) {
		h.mu.Lock()
		h.prepared--
		h.mu.Unlock()
		return nil, errClosed
	}
	return p, nil
}

// handOver gives a prepared session to the client that asks for it; it returns why not. The way to it is encrypted, or does not leave
// this machine.
func (h *Handler) handOver(c *Conn, peer transport.Peer) (condition string) {
	if !peer.Encrypted && !peer.Local {
		return "item-not-found"
	}
	if !h.o.PerAddress.Enter(peer.Remote) {
		return "policy-violation"
	}
	h.mu.Lock()
	taken := h.sessions[c.sid] == c && c.client.Load().prepared // else it has ended, or two requests came at once
	if taken {
		h.prepared--
		c.client.Store(newClient(peer))
	}
	h.mu.Unlock()
	if !taken {
		h.o.PerAddress.Leave(peer.Remote)
	}
	return ""
}

// Begin opens the stream, or opens it again after signing in, and returns its features.
func (p *Prepared) Begin(ctx context.Context) (*xmpp.Element, error) {
	return p.wait(ctx, &request{restart: true, wait: -1, hold: -1}, xmpp.Name{Space: ns.Stream, Local: "features"})
}

// Send sends an element and returns the first of one of the names that comes back.
func (p *Prepared) Send(ctx context.Context, e *xmpp.Element, names ...xmpp.Name) (*xmpp.Element, error) {
	text := e.Append(nil, "")
	return p.wait(ctx, &request{elements: [][]byte{text}, size: len(text), wait: -1, hold: -1}, names...)
}

// wait sends a request, and empty ones behind it, until an element comes.
func (p *Prepared) wait(ctx context.Context, r *request, names ...xmpp.Name) (*xmpp.Element, error) {
	for range maxAsked {
		r.rid, r.sid = p.rid, p.c.sid
		p.rid++
		x := &exchange{req: r, answer: make(chan result, 1)}
		p.c.receive(x)
		var got result
		select {
		case got = <-x.answer:
		case <-ctx.Done():
			p.c.lose(x)
			return nil, fmt.Errorf("prepare session: %w", ctx.Err())
		}
		body, err := xmpp.ParseElement(got.body, ns.Client)
		if err != nil {
			return nil, fmt.Errorf("prepare session: %w", err)
		}
		for e := range body.Elements() {
			if slices.Contains(names, xmpp.Name{Space: e.Space, Local: e.Local}) {
				return e, nil
			}
		}
		if body.Attr("type") == "terminate" {
			break
		}
		r = &request{wait: -1, hold: -1}
	}
	return nil, errClosed
}

// ID returns what the client goes on with: the id of the session, and that of the next request.
func (p *Prepared) ID() (sid string, rid uint64) { return p.c.sid, p.rid }

// Close ends the session, which nobody shall take over.
func (p *Prepared) Close() { p.c.Close() }

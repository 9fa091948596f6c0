package xmpptest

import (
	"context"
	"fmt"
	"strconv"
	"sync"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// managed is the state of stream management of a client (XEP-0198). It does nothing until EnableSM.
type managed struct {
	mu      sync.Mutex
	wanted  bool     // EnableSM or Resume has asked for it, guarded by mu
	on      bool     // guarded by mu
	id      string   // of the resumption, guarded by mu
	in      uint32   // stanzas that arrived, guarded by mu
	out     uint32   // stanzas that the server has acknowledged, guarded by mu
	waiting []string // stanzas that it has not, guarded by mu
}

// sent keeps stanzas until the server acknowledges them.
func (m *managed) sent(xml string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.on {
		return
	}
	elements, err := parseElements(xml)
	if err != nil {
		return // a stream header, or bytes that no server counts
	}
	for _, e := range elements {
		if isStanza(e) {
			m.waiting = append(m.waiting, string(e.Append(nil, ns.Client)))
		}
	}
}

func isStanza(e *xmpp.Element) bool {
	return e.Space == ns.Client && (e.Local == "message" || e.Local == "presence" || e.Local == "iq")
}

// acknowledged forgets what the server has counted up to h.
func (m *managed) acknowledged(h string) {
	n, err := strconv.ParseUint(h, 10, 32)
	if err != nil {
		return
	}
	done := min(int(uint32(n)-m.out), len(m.waiting))
	if done > 0 {
		m.waiting = m.waiting[done:]
		m.out += uint32(done)
	}
}

// managed counts a received element, answers <r/> and tells whether it hides e from the script (XEP-0198 § 4).
func (c *Client) managed(e *xmpp.Element) bool {
	m := &c.sm
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.on {
		switch {
		case m.wanted && e.Is(ns.SM, "enabled"):
			m.on, m.id = true, e.Attr("id")
		case m.wanted && e.Is(ns.SM, "resumed"):
			m.on = true
			m.acknowledged(e.Attr("h"))
		}
		return false
	}
	if isStanza(e) {
		m.in++
	}
	switch {
	case e.Is(ns.SM, "a"):
		m.acknowledged(e.Attr("h"))
		return true
	case e.Is(ns.SM, "r"):
		_ = c.write(m.answer()) // the reader will notice that the connection is gone
		return true
	}
	return false
}

// answer tells how much has come; mu is held.
func (m *managed) answer() string { return fmt.Sprintf(`<a xmlns="%s" h="%d"/>`, ns.SM, m.in) }

// confirm tells the server how much has come, unasked (XEP-0198 § 4).
func (c *Client) confirm() error {
	m := &c.sm
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.on {
		return nil
	}
	return c.write(m.answer())
}

// EnableSM turns stream management with resumption on (XEP-0198 § 3).
func (c *Client) EnableSM(ctx context.Context) error {
	c.sm.mu.Lock()
	c.sm.wanted = true
	c.sm.mu.Unlock()
	if err := c.Send(`<enable xmlns="` + ns.SM + `" resume="true"/>`); err != nil {
		return err
	}
	e, err := c.element(ctx)
	if err != nil {
		return fmt.Errorf("enable stream management: %w", err)
	}
	if !e.Is(ns.SM, "enabled") {
		return fmt.Errorf("enable stream management: got %s", e)
	}
	return nil
}

// Resume takes over the stream of old on c, which has logged in and not bound (XEP-0198 § 5), and sends again what
// the server has not acknowledged.
func (c *Client) Resume(ctx context.Context, old *Client) error {
	old.sm.mu.Lock()
	id, in, out := old.sm.id, old.sm.in, old.sm.out
	waiting := append([]string(nil), old.sm.waiting...)
	old.sm.mu.Unlock()
	c.sm.mu.Lock()
	c.sm.wanted, c.sm.id, c.sm.in, c.sm.out, c.sm.waiting = true, id, in, out, waiting
	c.sm.mu.Unlock()
	request := xmpp.El(ns.SM, "resume").Set("h", strconv.FormatUint(uint64(in), 10)).Set("previd", id)
	if err := c.Send(request.String()); err != nil {
		return err
	}
	e, err := c.element(ctx)
	if err != nil {
		return fmt.Errorf("resume: %w", err)
	}
	if !e.Is(ns.SM, "resumed") {
		return fmt.Errorf("resume: got %s", e)
	}
	c.JID = old.JID
	c.sm.mu.Lock()
	again := append([]string(nil), c.sm.waiting...)
	c.sm.mu.Unlock()
	for _, s := range again {
		if err := c.write(s); err != nil {
			return err
		}
	}
	return nil
}

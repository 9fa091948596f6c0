// Package encryption keeps what the administrators of a domain have decided about encryption from end to end: where it is forbidden,
// messages that only their readers could read are refused, of whichever kind (XEP-0380 names most; XEP-0384, XEP-0373, XEP-0027,
// XEP-0364, RFC 3923), and so are the keys for them. Why that is all: docs/decisions/0016-encryption.md.
package encryption

import (
	"bytes"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// What a domain may have decided.
const (
	Allowed   = "allowed"
	Forbidden = "forbidden"
)

// Config are the options of encryption, [modules.encryption].
type Config struct {
	EndToEnd string `toml:"end_to_end" oneof:"allowed|forbidden" policy:"domain" doc:"Whether people of the domain may send and get messages that are encrypted from end to end. Where it is forbidden, such a message is refused with a text that says so; the connections are encrypted as ever."`
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{EndToEnd: Allowed} }

// Validate has nothing to say: words are checked by the configuration.
func (c *Config) Validate() error { return nil }

// Encryption is the module.
type Encryption struct{ Config *config.Options[Config] }

// New returns the module.
func New(c *config.Options[Config]) *Encryption { return &Encryption{c} }

// Register names what it does.
func (m *Encryption) Register(r *hook.Registrar) {
	r.Sent(hook.Screen, m.sent)
	r.Received(hook.Screen, m.received)
}

func (m *Encryption) forbids(domain string) bool {
	c, all := m.Config.Uniform() // asked at each stanza
	if !all {
		c = m.Config.Of(domain)
	}
	return c.EndToEnd == Forbidden
}

// sent refuses what an account of a domain sends that forbids it, to rooms as to people, and the keys that it publishes.
func (m *Encryption) sent(p *hook.Packet) error {
	if !m.forbids(p.From.Domain()) {
		return nil
	}
	switch {
	case p.Kind == xmpp.Message && p.Type != xmpp.TypeError && encrypted(p.Stanza):
		return refusal("The administrators of %s do not allow messages that are encrypted from end to end. Switch the encryption off for this conversation.", p.From)
	case p.Kind == xmpp.IQ && p.Type == xmpp.TypeSet && publishesKeys(p.Stanza):
		return refusal("The administrators of %s do not allow encryption from end to end, so no keys for it are published.", p.From)
	}
	return nil
}

// received refuses what comes from elsewhere, and says so to who has sent it. What rooms of other servers send comes to everybody in
// them and cannot be refused.
func (m *Encryption) received(p *hook.Packet) error {
	if p.Kind != xmpp.Message || p.Type == xmpp.TypeError || p.Type == xmpp.TypeGroupchat || !m.forbids(p.Owner.Domain()) || !encrypted(p.Stanza) {
		return nil
	}
	return refusal("The administrators of %s do not allow messages that are encrypted from end to end. Switch the encryption off for this conversation.", p.Owner)
}

func refusal(text string, who xmpp.JID) error {
	return xmpp.Refuse(stanza.PolicyViolation, strings.Replace(text, "%s", who.Domain(), 1))
}

// encrypted tells whether a message has something in it that only its readers can read.
func encrypted(s *xmpp.Stanza) bool {
	for i := range s.Children {
		c := &s.Children[i]
		switch {
		case c.Space == ns.EME, c.Space == ns.OMEMO, c.Space == ns.OMEMO1, c.Space == ns.OMEMOOld, c.Space == ns.OpenPGP, c.Space == ns.OldPGP, c.Space == ns.E2E:
			return true
		case c.Is(ns.Client, "body") && otr(s.Bytes(c)): // XEP-0364 § 2
			return true
		}
	}
	return false
}

// otr tells whether a body is one of off-the-record messaging.
func otr(body []byte) bool {
	_, text, _ := bytes.Cut(body, []byte(">"))
	return bytes.HasPrefix(text, []byte("?OTR"))
}

// publishesKeys tells whether a request publishes keys or the list of devices (XEP-0384 § 4, XEP-0373 § 4).
func publishesKeys(s *xmpp.Stanza) bool {
	c := s.Find(ns.PubSub, "pubsub")
	if c == nil {
		return false
	}
	e, err := s.Element(c)
	if err != nil {
		return false // whoever handles it says what is wrong
	}
	publish := e.Child(ns.PubSub, "publish")
	if publish == nil {
		return false
	}
	node := publish.Attr("node")
	for _, space := range []string{ns.OMEMO, ns.OMEMO1, ns.OMEMOOld, ns.OpenPGP} {
		if strings.HasPrefix(node, space+":") || strings.HasPrefix(node, space+".") {
			return true
		}
	}
	return false
}

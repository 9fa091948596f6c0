package client

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

// Transport says how a connection is protected.
type Transport string

// The transports: direct TLS is XEP-0368, StartTLS is RFC 6120 § 5, Plain is for the loopback interface.
const (
	Plain    Transport = "plain"
	StartTLS Transport = "starttls"
	Direct   Transport = "direct"
)

// Options says whom to sign in and what to switch on.
type Options struct {
	Addr      string // host:port
	Transport Transport
	Domain    string
	User      string // localpart
	Password  string
	Resource  string
	Mechanism string // empty: the best of SCRAM-SHA-256, SCRAM-SHA-1, PLAIN that is offered
	SM        bool   // XEP-0198
	Carbons   bool   // XEP-0280
	Presence  bool   // send initial presence
	Keys      *Keys
	Timeout   time.Duration // for the whole negotiation; 0 means 30 s
}

// Dial connects and signs in (RFC 6120 §§ 4-7). Stanzas that arrive meanwhile are counted and dropped.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	c, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := c.signIn(o); err != nil {
		c.Abort()
		return nil, fmt.Errorf("sign in %s@%s: %w", o.User, o.Domain, err)
	}
	_ = c.nc.SetDeadline(time.Time{})
	return c, nil
}

func connect(ctx context.Context, o Options) (*Conn, error) {
	if o.Timeout <= 0 {
		o.Timeout = 30 * time.Second
	}
	d := net.Dialer{Timeout: o.Timeout}
	nc, err := d.DialContext(ctx, "tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	_ = nc.SetDeadline(time.Now().Add(o.Timeout))
	c := &Conn{nc: nc, buf: make([]byte, 0, 4096)}
	if o.Transport == Direct {
		c.nc = tls.Client(nc, tlsConfig(o.Domain))
	}
	return c, nil
}

// tlsConfig trusts any certificate: the server under test made its own a moment ago.
func tlsConfig(domain string) *tls.Config {
	return &tls.Config{ServerName: domain, InsecureSkipVerify: true, NextProtos: []string{"xmpp-client"}}
}

func (c *Conn) signIn(o Options) error {
	features, err := c.open(o.Domain)
	if err != nil {
		return err
	}
	if o.Transport == StartTLS {
		if features, err = c.startTLS(o.Domain); err != nil {
			return err
		}
	}
	if err := c.authenticate(o, features); err != nil {
		return err
	}
	if _, err := c.open(o.Domain); err != nil {
		return err
	}
	if err := c.bind(o); err != nil {
		return err
	}
	return c.switchOn(o)
}

// open sends a stream header and returns the server's features.
func (c *Conn) open(domain string) ([]byte, error) {
	c.scan.Restart()
	err := c.Send("<?xml version='1.0'?><stream:stream to='" + domain + "' version='1.0' xmlns='jabber:client'" +
		" xmlns:stream='http://etherx.jabber.org/streams'>")
	if err != nil {
		return nil, err
	}
	return c.await("stream:features")
}

// await reads until an element of that name arrives. Anything that ends a negotiation is an error.
func (c *Conn) await(names ...string) ([]byte, error) {
	for {
		kind, el, err := c.token()
		if err != nil {
			return nil, err
		}
		switch kind {
		case More:
			if err := c.fill(); err != nil {
				return nil, fmt.Errorf("wait for %s: %w", strings.Join(names, " or "), err)
			}
			continue
		case CloseEnd:
			return nil, io.ErrUnexpectedEOF
		case Open:
			continue
		}
		name := string(Name(el))
		for _, want := range names {
			if name == want {
				return append([]byte(nil), el...), nil
			}
		}
		switch name {
		case "message", "presence", "iq":
			c.in++
		case "failure", "stream:error", "failed":
			return nil, fmt.Errorf("refused: %.300s", el)
		}
	}
}

// result waits for the answer to our iq of that id; requests of the server stay unanswered meanwhile.
func (c *Conn) result(id string) ([]byte, error) {
	for {
		el, err := c.await("iq")
		if err != nil {
			return nil, err
		}
		c.in++
		if string(Attr(el, "id")) != id {
			continue
		}
		if string(Attr(el, "type")) != "result" {
			return nil, fmt.Errorf("refused: %.300s", el)
		}
		return el, nil
	}
}

func (c *Conn) startTLS(domain string) ([]byte, error) {
	if err := c.Send("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"); err != nil {
		return nil, err
	}
	if _, err := c.await("proceed"); err != nil {
		return nil, err
	}
	conf := tlsConfig(domain)
	conf.NextProtos = nil
	c.nc = tls.Client(c.nc, conf)
	return c.open(domain)
}

func mechanism(features []byte, wanted string) (string, error) {
	for _, m := range []string{"SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"} {
		if (wanted == "" || wanted == m) && Has(features, ">"+m+"<") {
			return m, nil
		}
	}
	return "", fmt.Errorf("no usable mechanism in %.500s", features)
}

const saslNS = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"

// authenticate is RFC 6120 § 6 with PLAIN or SCRAM.
func (c *Conn) authenticate(o Options, features []byte) error {
	mech, err := mechanism(features, o.Mechanism)
	if err != nil {
		return err
	}
	b64 := base64.StdEncoding
	if mech == "PLAIN" {
		first := b64.EncodeToString([]byte("\x00" + o.User + "\x00" + o.Password))
		if err := c.Send("<auth " + saslNS + " mechanism='PLAIN'>" + first + "</auth>"); err != nil {
			return err
		}
		_, err := c.await("success")
		return err
	}
	keys := o.Keys
	if keys == nil {
		keys = new(Keys)
	}
	s := &scram{mech: mech, user: o.User, password: o.Password, keys: keys}
	first := b64.EncodeToString([]byte(s.first()))
	if err := c.Send("<auth " + saslNS + " mechanism='" + mech + "'>" + first + "</auth>"); err != nil {
		return err
	}
	el, err := c.await("challenge")
	if err != nil {
		return err
	}
	challenge, err := b64.DecodeString(string(Text(el, "challenge")))
	if err != nil {
		return fmt.Errorf("scram challenge: %w", err)
	}
	final, err := s.final(string(challenge))
	if err != nil {
		return err
	}
	if err := c.Send("<response " + saslNS + ">" + b64.EncodeToString([]byte(final)) + "</response>"); err != nil {
		return err
	}
	if el, err = c.await("success"); err != nil {
		return err
	}
	outcome, err := b64.DecodeString(string(Text(el, "success")))
	if err != nil {
		return fmt.Errorf("scram outcome: %w", err)
	}
	return s.verify(string(outcome))
}

// bind is RFC 6120 § 7.
func (c *Conn) bind(o Options) error {
	resource := ""
	if o.Resource != "" {
		resource = "<resource>" + o.Resource + "</resource>"
	}
	if err := c.Send("<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>" + resource +
		"</bind></iq>"); err != nil {
		return err
	}
	el, err := c.result("bind")
	if err != nil {
		return err
	}
	if c.JID = string(Text(el, "jid")); c.JID == "" {
		return fmt.Errorf("bind: %.300s", el)
	}
	return nil
}

// switchOn enables what the options ask for. Counting for XEP-0198 starts with the server's <enabled/>.
func (c *Conn) switchOn(o Options) error {
	if o.SM {
		if err := c.Send("<enable xmlns='urn:xmpp:sm:3'/>"); err != nil {
			return err
		}
		if _, err := c.await("enabled"); err != nil {
			return fmt.Errorf("enable stream management: %w", err)
		}
		c.in = 0
	}
	if o.Carbons {
		if err := c.Send("<iq type='set' id='carbons'><enable xmlns='urn:xmpp:carbons:2'/></iq>"); err != nil {
			return err
		}
		if _, err := c.result("carbons"); err != nil {
			return fmt.Errorf("enable carbons: %w", err)
		}
	}
	if o.Presence {
		return c.Send("<presence/>")
	}
	return nil
}

// Ask sends an iq that carries the id and returns its result; messages that arrive before it go to each. It is for
// connections that Run does not read.
func (c *Conn) Ask(id, iq string, timeout time.Duration, each func(el []byte)) ([]byte, error) {
	_ = c.nc.SetDeadline(time.Now().Add(timeout))
	if err := c.Send(iq); err != nil {
		return nil, err
	}
	for {
		el, err := c.await("iq", "message")
		if err != nil {
			return nil, err
		}
		switch {
		case string(Name(el)) == "message":
			each(el)
		case string(Attr(el, "id")) != id:
		case string(Attr(el, "type")) != "result":
			return nil, fmt.Errorf("refused: %.300s", el)
		default:
			return el, nil
		}
	}
}

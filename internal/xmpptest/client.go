package xmpptest

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Client is a small XMPP client for tests. It shares no parser with the server: it reads by encoding/xml and sends
// the bytes that it is given. One goroutine reads; it ends when the connection does. Its methods are for one
// goroutine, except that Cut may be called from any.
type Client struct {
	Address string // account, user@domain
	JID     string // full address, after Bind

	server   *Server
	in       *inbox
	features *xmpp.Element

	conn    net.Conn
	reader  *bufio.Reader
	stopped chan struct{} // closed when the goroutine that reads has ended
	writing sync.Mutex    // guards writes to conn
	sm      managed
}

// Dial connects to the server and opens a stream; it negotiates TLS where the server's TLS is set.
func Dial(ctx context.Context, s *Server, address string) (*Client, error) {
	c := &Client{Address: address, server: s, in: newInbox()}
	var err error
	if s.Dial != nil {
		c.conn, err = s.Dial(ctx)
	} else {
		c.conn, err = new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
	}
	if err != nil {
		return nil, fmt.Errorf("connect %s: %w", address, err)
	}
	c.listen()
	if err := c.open(ctx); err != nil {
		c.Cut()
		return nil, err
	}
	if s.TLS != nil {
		if err := c.startTLS(ctx); err != nil {
			c.Cut()
			return nil, err
		}
	}
	return c, nil
}

// listen starts to read from the connection.
func (c *Client) listen() {
	c.reader = bufio.NewReader(c.conn)
	c.stopped = make(chan struct{})
	go c.read(xml.NewDecoder(c.reader), c.stopped)
}

// read puts what arrives into the inbox until the connection ends or turns to TLS.
func (c *Client) read(d *xml.Decoder, stopped chan struct{}) {
	defer close(stopped)
	for {
		t, err := d.Token()
		if err != nil {
			if errors.Is(err, io.EOF) || endsEarly(err) {
				err = io.EOF
			}
			c.in.put(event{err: fmt.Errorf("the connection ended: %w", err)})
			return
		}
		switch t := t.(type) {
		case xml.StartElement:
			if t.Name.Space == ns.Stream && t.Name.Local == "stream" {
				c.in.put(event{opened: true})
				continue
			}
			e, err := readElement(d, t)
			if err != nil {
				c.in.put(event{err: fmt.Errorf("the connection ended inside <%s/>: %w", t.Name.Local, err)})
				return
			}
			if c.managed(e) {
				continue
			}
			c.in.put(event{elem: e})
			if e.Is(ns.StartTLS, "proceed") {
				return
			}
		case xml.EndElement:
			c.in.put(event{err: errStreamEnd})
			return
		}
	}
}

// open sends a stream header and waits for the server's and its features.
func (c *Client) open(ctx context.Context) error {
	if err := c.sendHeader(); err != nil {
		return err
	}
	if _, err := c.in.await(ctx, func(e event) bool { return e.opened }); err != nil {
		return fmt.Errorf("open stream: %w", err)
	}
	e, err := c.element(ctx)
	if err != nil {
		return fmt.Errorf("read stream features: %w", err)
	}
	if !e.Is(ns.Stream, "features") {
		return fmt.Errorf("read stream features: got %s", e)
	}
	c.features = e
	return nil
}

func (c *Client) sendHeader() error {
	_, domain, _ := strings.Cut(c.Address, "@")
	return c.Send(fmt.Sprintf(`<?xml version="1.0"?><stream:stream to="%s" version="1.0" xmlns="%s" xmlns:stream="%s">`,
		domain, ns.Client, ns.Stream))
}

// startTLS upgrades the connection (RFC 6120 § 5.4.2) and opens a new stream on it.
func (c *Client) startTLS(ctx context.Context) error {
	if c.features.Child(ns.StartTLS, "starttls") == nil {
		return errors.New("start tls: the server does not offer it")
	}
	if err := c.Send(`<starttls xmlns="` + ns.StartTLS + `"/>`); err != nil {
		return err
	}
	if e, err := c.element(ctx); err != nil || !e.Is(ns.StartTLS, "proceed") {
		return fmt.Errorf("start tls: got %v: %w", e, err)
	}
	<-c.stopped
	secure := tls.Client(c.conn, c.server.TLS)
	if err := secure.HandshakeContext(ctx); err != nil {
		return fmt.Errorf("start tls: %w", err)
	}
	c.conn = secure
	c.listen()
	return c.open(ctx)
}

// Bind asks for the resource and sets JID (RFC 6120 § 7.6.1).
func (c *Client) Bind(ctx context.Context, resource string) error {
	e, err := c.Ask(ctx, `<iq type="set" id="bind"><bind xmlns="`+ns.Bind+`"><resource>`+
		string(xmpp.AppendEscaped(nil, resource))+`</resource></bind></iq>`)
	if err != nil {
		return fmt.Errorf("bind %s: %w", resource, err)
	}
	c.JID = e.Child(ns.Bind, "bind").ChildText(ns.Bind, "jid")
	if c.JID == "" {
		return fmt.Errorf("bind %s: got %s", resource, e)
	}
	return nil
}

// Ask sends an IQ and waits for the answer to its id; other stanzas stay for Next. An error reply is an error.
func (c *Client) Ask(ctx context.Context, iq string) (*xmpp.Element, error) {
	sent, err := parseElements(iq)
	if err != nil || len(sent) != 1 {
		return nil, fmt.Errorf("ask: not one element: %w", err)
	}
	if err := c.Send(iq); err != nil {
		return nil, err
	}
	e, err := c.answer(ctx, sent[0].Attr("id"))
	if err == nil && e.Attr("type") == xmpp.TypeError {
		err = fmt.Errorf("the server refuses: %s", e)
	}
	return e, err
}

// answer waits for the result or error of the IQ with this id.
func (c *Client) answer(ctx context.Context, id string) (*xmpp.Element, error) {
	ev, err := c.in.await(ctx, func(e event) bool {
		t := e.elem.Attr("type")
		return e.elem.Is(ns.Client, "iq") && e.elem.Attr("id") == id && (t == xmpp.TypeResult || t == xmpp.TypeError)
	})
	return ev.elem, err
}

// element waits for the next element of the stream.
func (c *Client) element(ctx context.Context) (*xmpp.Element, error) {
	e, err := c.in.await(ctx, func(e event) bool { return e.elem != nil })
	return e.elem, err
}

// Next waits for the next element that the server sends.
func (c *Client) Next(ctx context.Context) (*xmpp.Element, error) { return c.element(ctx) }

// Send writes bytes as they are.
func (c *Client) Send(xml string) error {
	c.sm.sent(xml)
	return c.write(xml)
}

// writeTime bounds a write to a server that does not read.
const writeTime = 10 * time.Second

func (c *Client) write(xml string) error {
	c.writing.Lock()
	defer c.writing.Unlock()
	if err := c.conn.SetWriteDeadline(time.Now().Add(writeTime)); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if _, err := io.WriteString(c.conn, xml); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// Close ends the stream and waits until the server has ended it, too (RFC 6120 § 4.4).
func (c *Client) Close(ctx context.Context) error {
	err := c.confirm() // a server that had not asked would not know
	if err == nil {
		err = c.Send(`</stream:stream>`)
	}
	if err == nil {
		_, err = c.in.await(ctx, func(e event) bool { return e.err != nil })
	}
	c.Cut()
	if err != nil {
		return fmt.Errorf("close stream: %w", err)
	}
	return nil
}

// Cut drops the connection as a network failure does, and waits until the reader has ended.
func (c *Client) Cut() {
	if tcp, ok := c.conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset instead of an orderly end; where it fails the end is orderly
	}
	_ = c.conn.Close() // it is thrown away
	<-c.stopped
}

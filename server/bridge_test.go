package server_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// A bridge lets the client of the transcripts, which speaks streams over TCP, reach the server another way: it puts the
// parts of a stream into messages and makes a stream of what comes back. It ends with either side.
type bridge interface {
	open(to string) error // the client has sent a stream header
	element(b []byte) error
	end() error // the client has closed the stream
	cut()       // the client is gone
}

const streamHeader = `<?xml version="1.0"?><stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" version="1.0" id="bridged" from="example.net">`

// bridged returns the client's end of a bridge.
func bridged(t *testing.T, over func(toClient io.Writer) bridge) net.Conn {
	client, inner := net.Pipe()
	b := over(inner)
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer inner.Close()
		defer b.cut()
		err := carry(inner, b)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
			t.Logf("bridge: %v", err)
		}
	}()
	t.Cleanup(func() {
		client.Close()
		<-done
	})
	return client
}

// carry takes the client's stream apart until it ends.
func carry(from io.Reader, b bridge) error {
	var buf []byte
	scan := wire.NewScanner(wire.Limits{}, ns.Client)
	for opened := false; ; {
		buf = bytes.TrimLeft(buf, " \r\n\t")
		if opened && bytes.HasPrefix(buf, []byte("<?xml")) { // a new stream on the same connection (RFC 6120 § 4.3.3)
			scan.Reset()
			opened = false
		}
		n, err := 0, error(wire.ErrShort)
		switch {
		case len(buf) < 5:
		case !opened:
			var h *wire.Header
			if h, n, err = scan.Open(buf); err == nil {
				opened, err = true, b.open(h.To)
			}
		default:
			var st *xmpp.Stanza
			if st, n, err = scan.Next(buf); err == nil {
				var e *xmpp.Element
				if e, err = st.Tree(); err == nil {
					err = b.element(e.Append(nil, ""))
				}
			}
		}
		buf = buf[n:]
		switch {
		case errors.Is(err, wire.ErrClosed):
			return b.end()
		case err == wire.ErrShort:
			more := make([]byte, 4096)
			n, err := from.Read(more)
			if err != nil {
				return err
			}
			buf = append(buf, more[:n]...)
		case err != nil:
			return err
		}
	}
}

// framed is a bridge over WebSocket (RFC 7395).
type framed struct {
	ws   *websocket.Conn
	done context.CancelFunc
	ctx  context.Context
	read chan struct{} // closed when nothing comes any more
}

func overWebSocket(t *testing.T, web string) func(io.Writer) bridge {
	return func(toClient io.Writer) bridge {
		ctx, cancel := context.WithCancel(context.Background())
		ws, _, err := websocket.Dial(ctx, "ws://"+web+"/xmpp-websocket", &websocket.DialOptions{Subprotocols: []string{"xmpp"}})
		if err != nil {
			t.Error(err)
			cancel()
			return nil
		}
		ws.SetReadLimit(1 << 20)
		f := &framed{ws: ws, done: cancel, ctx: ctx, read: make(chan struct{})}
		go func() {
			defer close(f.read)
			for {
				_, b, err := ws.Read(ctx)
				switch {
				case err != nil:
					if c, ok := toClient.(io.Closer); ok {
						c.Close()
					}
					return
				case bytes.HasPrefix(b, []byte("<open ")):
					b = []byte(streamHeader)
				case bytes.HasPrefix(b, []byte("<close ")):
					b = []byte("</stream:stream>")
				}
				if _, err := toClient.Write(b); err != nil {
					return
				}
			}
		}()
		return f
	}
}

func (f *framed) write(text string) error {
	return f.ws.Write(f.ctx, websocket.MessageText, []byte(text))
}

func (f *framed) open(to string) error {
	return f.write(`<open ` + nsFraming + ` to="` + to + `" version="1.0"/>`)
}

func (f *framed) element(b []byte) error { return f.write(string(b)) }
func (f *framed) end() error {
	if err := f.write(`<close ` + nsFraming + `/>`); err != nil {
		return err
	}
	<-f.read
	return nil
}

func (f *framed) cut() {
	f.done()
	f.ws.CloseNow()
	<-f.read
}

// pairsOf is a bridge over BOSH (XEP-0124, XEP-0206): one request waits at the server, another one sends.
type pairsOf struct {
	url, sid string
	client   io.Writer
	ctx      context.Context
	done     context.CancelFunc
	polls    sync.WaitGroup

	mu   sync.Mutex // held while a request gets its number
	rid  int
	turn *sync.Cond // of mu: answers are handed on in the order of their requests
	next int
	over bool
}

func overBOSH(t *testing.T, web string) func(io.Writer) bridge {
	return func(toClient io.Writer) bridge {
		p := &pairsOf{url: "http://" + web + "/http-bind", client: toClient, rid: 1 << 20, next: 1<<20 + 1}
		p.turn = sync.NewCond(&p.mu)
		p.ctx, p.done = context.WithCancel(context.Background())
		return p
	}
}

var sidOf = regexp.MustCompile(` sid="([^"]+)"`)

// post sends a body and hands what comes back to the client.
func (p *pairsOf) post(attrs, content string) error {
	p.mu.Lock()
	p.rid++
	rid := p.rid
	p.mu.Unlock()
	if p.sid != "" {
		attrs += ` sid="` + p.sid + `"`
	}
	answer, err := p.exchange(fmt.Sprintf(`<body rid="%d"%s %s>%s</body>`, rid, xboshAttrs, attrs, content))
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.next != rid && !p.over {
		p.turn.Wait()
	}
	p.next++
	defer p.turn.Broadcast()
	if err != nil {
		p.over = true
		return err
	}
	if p.sid == "" {
		p.sid = sidOf.FindStringSubmatch(string(answer))[1]
	}
	return p.hand(answer)
}

func (p *pairsOf) exchange(body string) ([]byte, error) {
	r, err := http.NewRequestWithContext(p.ctx, http.MethodPost, p.url, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, errors.New(resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// hand gives the client the elements of a body; mu is held.
func (p *pairsOf) hand(body []byte) error {
	b, err := xmpp.ParseElement(body, "")
	if err != nil {
		return err
	}
	for e := range b.Elements() {
		if _, err := p.client.Write(e.Append(nil, ns.Client)); err != nil {
			return err
		}
	}
	if b.Attr("type") == "terminate" {
		p.over = true
		_, err = io.WriteString(p.client, "</stream:stream>")
	}
	return err
}

func (p *pairsOf) open(to string) error {
	if _, err := io.WriteString(p.client, streamHeader); err != nil {
		return err
	}
	if p.sid != "" {
		return p.post(`xmpp:restart="true"`, "")
	}
	if err := p.post(`to="`+to+`" wait="5" hold="1" ver="1.11" xmpp:version="1.0"`, ""); err != nil {
		return err
	}
	p.polls.Go(func() {
		for !p.ended() && p.post("", "") == nil {
		}
	})
	return nil
}

func (p *pairsOf) ended() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.over
}

func (p *pairsOf) element(b []byte) error { return p.post("", string(b)) }
func (p *pairsOf) end() error             { return p.post(`type="terminate"`, "") }

// cut ends the session, too: nothing but its silence would tell the server (XEP-0124 § 10), after a while.
func (p *pairsOf) cut() {
	if p.sid != "" && !p.ended() {
		p.mu.Lock()
		p.client = io.Discard
		p.mu.Unlock()
		_ = p.end() // the server may have ended it
	}
	p.done()
	p.mu.Lock()
	p.over = true
	p.turn.Broadcast()
	p.mu.Unlock()
	p.polls.Wait()
}

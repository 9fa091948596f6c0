package relay

import (
	"errors"
	"io"
	"net"
	"strconv"
	"sync"

	"myna/internal/bench/client"
)

// session is one connection. All but out belongs to its reading goroutine.
type session struct {
	srv  *Server
	nc   net.Conn
	buf  []byte
	scan client.Scanner
	bare string
	jid  string
	in   uint32
	due  []*session // who got something from us in this read and must be flushed

	mu      sync.Mutex
	out     []byte // guarded by mu
	spare   []byte // guarded by mu
	writing bool   // guarded by mu
}

func (ss *session) queue(b []byte) {
	ss.mu.Lock()
	ss.out = append(ss.out, b...)
	ss.mu.Unlock()
}

// touch remembers that t has something to write.
func (ss *session) touch(t *session) {
	for _, d := range ss.due {
		if d == t {
			return
		}
	}
	ss.due = append(ss.due, t)
}

func (ss *session) flush() {
	ss.mu.Lock()
	for !ss.writing && len(ss.out) > 0 {
		b := ss.out
		ss.out, ss.spare, ss.writing = ss.spare[:0], nil, true
		ss.mu.Unlock()
		_, _ = ss.nc.Write(b) // a broken connection shows at its reader
		ss.mu.Lock()
		ss.writing, ss.spare = false, b[:0]
	}
	ss.mu.Unlock()
}

// run reads until the connection ends; all answers to one read leave with one write each.
func (ss *session) run() error {
	for {
		if len(ss.buf) == cap(ss.buf) {
			if cap(ss.buf) > 1<<20 {
				return errors.New("stanza too large")
			}
			ss.buf = append(make([]byte, 0, 2*cap(ss.buf)), ss.buf...)
		}
		n, err := ss.nc.Read(ss.buf[len(ss.buf):cap(ss.buf)])
		if err != nil {
			return err
		}
		ss.buf = ss.buf[:len(ss.buf)+n]
		err = ss.drain()
		ss.flush()
		for _, d := range ss.due {
			d.flush()
		}
		ss.due = ss.due[:0]
		if err != nil {
			return err
		}
		used := ss.scan.Used()
		ss.buf = ss.buf[:copy(ss.buf, ss.buf[used:])]
		ss.scan.Shift(used)
	}
}

func (ss *session) drain() error {
	for {
		kind, el, err := ss.scan.Next(ss.buf)
		if err != nil {
			return err
		}
		switch kind {
		case client.More:
			return nil
		case client.Open:
			ss.queue([]byte("<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'" +
				" version='1.0' id='1' from='" + ss.srv.domain + "'>"))
			if ss.bare == "" {
				ss.queue([]byte("<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>" +
					"<mechanism>PLAIN</mechanism></mechanisms></stream:features>"))
			} else {
				ss.queue([]byte("<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"))
			}
		case client.CloseEnd:
			ss.queue([]byte("</stream:stream>"))
			ss.flush()
			return io.EOF
		case client.Stanza:
			if err := ss.handle(el); err != nil {
				return err
			}
		}
	}
}

func (ss *session) handle(el []byte) error {
	name := string(client.Name(el))
	if name == "auth" {
		user, err := account(client.Text(el, "auth"))
		if err != nil {
			return err
		}
		ss.bare = user + "@" + ss.srv.domain
		ss.scan.Restart()
		ss.queue([]byte("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"))
		return nil
	}
	if ss.bare == "" {
		return errors.New("not signed in")
	}
	switch name {
	case "enable":
		ss.in = 0
		ss.queue([]byte("<enabled xmlns='urn:xmpp:sm:3'/>"))
	case "r":
		ss.queue(append(strconv.AppendUint([]byte("<a xmlns='urn:xmpp:sm:3' h='"), uint64(ss.in), 10), "'/>"...))
	case "message":
		ss.in++
		ss.srv.message(ss, string(client.Attr(el, "to")), el)
	case "presence":
		ss.in++
		ss.srv.presence(ss, string(client.Attr(el, "to")), el)
	case "iq":
		ss.in++
		ss.iq(el)
	}
	return nil
}

// iq binds a resource (RFC 6120 § 7) and says yes to everything else.
func (ss *session) iq(el []byte) {
	result := "<iq type='result' id='" + string(client.Attr(el, "id")) + "'"
	if client.Find(el, "bind") == nil {
		ss.queue([]byte(result + "/>"))
		return
	}
	ss.jid = ss.bare + "/" + string(client.Text(el, "resource"))
	ss.srv.mu.Lock()
	ss.srv.sessions[ss.bare] = ss
	ss.srv.mu.Unlock()
	ss.queue([]byte(result + "><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>" + ss.jid + "</jid></bind></iq>"))
}

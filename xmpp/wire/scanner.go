// Package wire is XML on the wire: the scanner that finds stanzas in the bytes of a stream, the stream header, and
// what the server writes beside stanzas. It reads the restricted XML of RFC 6120 § 11 and nothing else, keeps the
// limits of RFC 6120 § 13.12, and copies nothing of an ordinary stanza. It follows RFC 6120 § 4 (streams), XML 1.0,
// Namespaces in XML 1.0, and RFC 7395 for framed streams.
package wire

import (
	"bytes"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Scanner finds the elements of one stream. The driver owns the bytes:
//
//	for {
//		st, n, err := scanner.Next(buf)
//		// handle st, which lives in buf until the next call
//		buf = buf[n:] // whatever err is
//	}
//
// Each call gets what the calls before left, in the same order, and more behind it; the bytes may have moved. After
// ErrShort it wants more bytes; it takes up where it stopped. Any other error is the end of the stream: ErrClosed,
// or a stream.Error that the peer may see.
//
// A Scanner is for one goroutine at a time. It holds memory only while a stanza is arriving or being handled.
type Scanner struct {
	limits  Limits
	content string
	space   string // the stream's default namespace
	binds   []Prefix
	end     string // the stream's end tag without its '>', empty before the header was read
	closed  bool   // the header's tag was empty, the stream ended with it
	decl    bool   // the XML declaration was read
	err     error  // what the stream has ended with
	element *element
}

// NewScanner makes a scanner for a stream whose stanzas stand in the content namespace, ns.Client or ns.Server
// (RFC 6120 § 4.8.2). Inside the server they stand in ns.Client.
func NewScanner(limits Limits, content string) *Scanner {
	return &Scanner{limits: limits.complete(), content: content}
}

// Reset makes the scanner expect a new stream header, for a stream that was restarted (RFC 6120 § 4.3.3).
func (s *Scanner) Reset() {
	s.drop()
	*s = Scanner{limits: s.limits, content: s.content}
}

// Bound sets how long a stanza may be and how many elements it may have, from the next one on; what is not positive is the usual limit.
func (s *Scanner) Bound(stanzaBytes, elements int) {
	s.limits.StanzaBytes, s.limits.Elements = stanzaBytes, elements
	s.limits = s.limits.complete()
}

// Next returns the next complete element of the stream, and how many bytes the caller drops: white space between
// elements is dropped too (RFC 6120 § 4.6.1). The stanza shares buf and is valid until the next call.
func (s *Scanner) Next(buf []byte) (*xmpp.Stanza, int, error) {
	switch {
	case s.err != nil:
		return nil, len(buf), s.err
	case s.closed:
		return nil, len(buf), s.stop(ErrClosed)
	case s.end == "":
		return nil, 0, s.stop(fail(stream.InternalServerError, ""))
	}
	skip := 0
	for skip < len(buf) && isSpace(buf[skip]) {
		skip++
	}
	b := buf[skip:]
	switch {
	case len(b) > 0 && b[0] != '<':
		return nil, skip, s.outside(b)
	case len(b) < 2:
		s.drop()
		return nil, skip, ErrShort
	case b[1] == '/':
		n, err := s.readEnd(b)
		return nil, skip + n, err
	}
	st, n, err := s.one(b, &place{&s.limits, s.content, s.space, s.binds})
	return st, skip + n, err
}

// one goes on with the element at the start of b.
func (s *Scanner) one(b []byte, p *place) (*xmpp.Stanza, int, error) {
	e := s.element
	if e == nil {
		e = elements.Get().(*element)
		s.element = e
	} else if e.st.Raw != nil {
		e.reset()
	}
	end, err := e.scan(b[:min(len(b), s.limits.StanzaBytes)], p)
	if err == ErrShort {
		if len(b) < s.limits.StanzaBytes {
			return nil, 0, err
		}
		err = tooLong(s.limits.StanzaBytes)
	}
	if err != nil {
		return nil, 0, s.stop(err)
	}
	st, err := e.finish(p)
	if err == nil && st.Name == (xmpp.Name{Space: ns.Stream, Local: "stream"}) {
		err = fail(stream.BadFormat, "a stream inside the stream")
	}
	if err != nil {
		return nil, end, s.stop(err)
	}
	return st, end, nil
}

// maxEndSpace is how much white space the end tag of a stream may have; it is read from its start each time.
const maxEndSpace = 64

// readEnd reads the end tag of the stream.
func (s *Scanner) readEnd(b []byte) (int, error) {
	s.drop()
	n := min(len(b), len(s.end))
	if string(b[:n]) != s.end[:n] {
		return 0, s.stop(malformed("an end tag that matches no start tag"))
	}
	for ; n < len(b); n++ {
		switch {
		case b[n] == '>':
			return n + 1, s.stop(ErrClosed)
		case !isSpace(b[n]):
			return 0, s.stop(malformed("an end tag that matches no start tag"))
		case n > len(s.end)+maxEndSpace:
			return 0, s.stop(policy("an end tag is too long"))
		}
	}
	return 0, ErrShort
}

// outside ends the stream because of text outside of the stream or between two elements, once a character is there.
func (s *Scanner) outside(b []byte) error {
	err := fail(stream.BadFormat, "text between stanzas")
	if b[0] >= 0x80 {
		switch _, cause := character(b, 0); {
		case cause == ErrShort:
			return cause
		case cause != nil:
			err = cause
		case s.end == "" && bytes.HasPrefix(b, []byte("\ufeff")):
			err = malformed("a byte order mark") // RFC 6120 § 11.6
		}
	}
	return s.stop(err)
}

// stop ends the stream with err.
func (s *Scanner) stop(err error) error {
	s.drop()
	s.err = err
	return err
}

// drop gives back the memory of the stanza that was handled.
func (s *Scanner) drop() {
	if s.element != nil {
		release(s.element)
		s.element = nil
	}
}

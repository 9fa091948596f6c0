// Package client is the load tool's own XMPP client: just enough of RFC 6120, XEP-0198 and XEP-0280 to drive
// a server with very little processor time of its own. It looks at bytes, never at XML trees, and writes once
// for everything that became due at one wake-up. It talks to servers under test on the loopback interface;
// it verifies no certificates.
package client

import (
	"bytes"
	"errors"
)

// Kind says what the scanner found.
type Kind int

// The kinds of token on a stream (RFC 6120 § 4).
const (
	More     Kind = iota // the buffer ends inside a token
	Open                 // a stream header
	Stanza               // one complete element on the top level
	CloseEnd             // </stream:stream>
)

var (
	errMarkup = errors.New("scan stream: comment, CDATA or document type") // RFC 6120 § 11.1
	errDepth  = errors.New("scan stream: closing tag without opening tag")
)

// Scanner cuts a byte stream into top-level elements. It remembers how far it looked, so bytes are scanned once
// however they arrive. It trusts the server to be well-formed apart from what it needs to find the borders.
type Scanner struct {
	pos   int // next byte to look at
	start int // first byte of the element being scanned
	depth int // 0 before the stream header, 1 between stanzas
}

// Next returns the next token in buf. The caller may drop bytes before the returned element with Shift.
func (s *Scanner) Next(buf []byte) (Kind, []byte, error) {
	for {
		i := bytes.IndexByte(buf[s.pos:], '<')
		if i < 0 {
			s.pos = len(buf)
			if s.depth <= 1 {
				s.start = s.pos
			}
			return More, nil, nil
		}
		s.pos += i
		if s.depth <= 1 {
			s.start = s.pos
		}
		n := tagEnd(buf[s.pos:])
		if n < 0 {
			return More, nil, nil
		}
		tag := buf[s.pos : s.pos+n]
		kind, err := s.step(tag)
		if err != nil {
			return More, nil, err
		}
		s.pos += n
		if kind != More {
			tok := buf[s.start:s.pos]
			s.start = s.pos
			return kind, tok, nil
		}
	}
}

// step moves the depth over one tag, which has at least three bytes: '<', something, '>'.
func (s *Scanner) step(tag []byte) (Kind, error) {
	switch tag[1] {
	case '?':
		return More, nil
	case '!':
		return More, errMarkup
	case '/':
		if s.depth == 0 {
			return More, errDepth
		}
		s.depth--
		switch s.depth {
		case 0:
			return CloseEnd, nil
		case 1:
			return Stanza, nil
		}
		return More, nil
	}
	if tag[len(tag)-2] == '/' {
		if s.depth == 1 {
			return Stanza, nil
		}
		if s.depth == 0 {
			return More, errDepth
		}
		return More, nil
	}
	s.depth++
	if s.depth == 1 {
		return Open, nil
	}
	return More, nil
}

// Used gives how many bytes at the front of the buffer are done with.
func (s *Scanner) Used() int { return s.start }

// Shift tells the scanner that the first n bytes of its buffer are gone.
func (s *Scanner) Shift(n int) { s.pos -= n; s.start -= n }

// Restart expects a new stream header (RFC 6120 § 4.3.3).
func (s *Scanner) Restart() { s.depth = 0 }

// tagEnd gives the length of the tag at the start of b, or -1 when it is incomplete. A '>' inside a quoted
// attribute value does not end a tag.
func tagEnd(b []byte) int {
	for k := 1; k < len(b); k++ {
		switch c := b[k]; c {
		case '>':
			if k == 1 {
				continue // "<>" is no tag; it runs on and ends the stream at the buffer's limit
			}
			return k + 1
		case '"', '\'':
			m := bytes.IndexByte(b[k+1:], c)
			if m < 0 {
				return -1
			}
			k += m + 1
		}
	}
	return -1
}

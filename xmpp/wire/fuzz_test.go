package wire

import (
	"errors"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
)

// FuzzScanner checks that encoding/xml reads all that the scanner accepts, and reads the same; that what is passed on
// stands alone; and that it does not matter in which pieces the bytes come.
func FuzzScanner(f *testing.F) {
	for i := range streams {
		for _, c := range good {
			f.Add(uint8(i), uint8(3), []byte(c.in))
		}
		for _, c := range bad {
			f.Add(uint8(i), uint8(1), []byte(c.in))
		}
	}
	f.Add(uint8(1), uint8(5), []byte(` <db:result from="a" to="b">x</db:result><s:message><s:body/><a xmlns="jabber:server" e:b="c"/></s:message>`))
	f.Add(uint8(2), uint8(5), []byte(`<features/><message xmlns="jabber:client"><body>x</body></message></stream >`))
	f.Add(uint8(3), uint8(5), []byte(`<c:iq xml:lang="a" c:id="1"><c:x/><y/></c:iq>`+"\n</s:stream>"))
	f.Fuzz(func(t *testing.T, which, piece uint8, in []byte) {
		place := streams[int(which)%len(streams)]
		limits := Limits{StanzaBytes: 4096, Depth: 20, Attrs: 8, Children: 10, Prefixes: 8}
		s := opened(t, place.header, limits, place.content)
		var whole []*xmpp.Stanza
		var err error
		for rest := in; ; {
			st, n, e := s.Next(rest)
			if err = e; err != nil {
				break
			}
			sameTree(t, place, string(rest[:n]), st)
			again, err := Parse(st.Raw)
			if err != nil {
				t.Fatalf("parse %q: %v", st.Raw, err)
			}
			sameStanza(t, again, st)
			whole = append(whole, st.Clone())
			rest = rest[n:]
		}
		pieces, perr := feed(opened(t, place.header, limits, place.content), in, 1+int(piece)%16)
		if len(pieces) != len(whole) {
			t.Fatalf("%q: %d stanzas whole, %d in pieces (%v, %v)", in, len(whole), len(pieces), err, perr)
		}
		for i := range pieces {
			sameStanza(t, pieces[i], whole[i])
		}
		var condition stream.Error
		if errors.As(err, &condition) {
			err = condition
		}
		if !errors.Is(perr, err) && perr != ErrShort {
			t.Fatalf("%q: whole %v, in pieces %v", in, err, perr)
		}
	})
}

// FuzzOpen checks that a header is read the same in any pieces, and that no header harms the scanner.
func FuzzOpen(f *testing.F) {
	for _, p := range streams {
		f.Add([]byte(p.header), uint8(1))
	}
	f.Add([]byte(`<?xml version='1.0' encoding="utf-8" standalone='no' ?> `+clientHeader), uint8(1))
	f.Add([]byte("GET / HTTP/1.1\r\n"), uint8(7))
	f.Fuzz(func(t *testing.T, in []byte, piece uint8) {
		s := NewScanner(Limits{StanzaBytes: 4096}, "jabber:client")
		var whole *Header
		var err error
		for rest, n := in, 1; err == nil && whole == nil; rest = rest[n:] {
			whole, n, err = s.Open(rest)
		}
		s.Reset()
		var pieces *Header
		var perr error = ErrShort
		var buf []byte
		for at := 0; at < len(in) && perr == ErrShort; {
			k := min(len(in)-at, 1+int(piece)%16)
			buf = append(buf, in[at:at+k]...)
			at += k
			var n int
			pieces, n, perr = s.Open(buf)
			buf = buf[n:]
		}
		switch {
		case (whole == nil) != (pieces == nil):
			t.Fatalf("%q: whole %v %v, in pieces %v %v", in, whole, err, pieces, perr)
		case whole == nil && !errors.Is(perr, err) && perr != ErrShort:
			t.Fatalf("%q: whole %v, in pieces %v", in, err, perr)
		case whole != nil && string(whole.Append(nil)) != string(pieces.Append(nil)):
			t.Fatalf("%q: whole %v, in pieces %v", in, whole, pieces)
		}
	})
}

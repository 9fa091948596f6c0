package wire

import (
	"bytes"
	"encoding/xml"
	"io"
	"testing"

	"myna/xmpp/ns"
)

// chat is a chat message as common clients write it, 394 bytes long.
const chat = `<message xml:lang="en" to="juliet@example.com/balcony" type="chat" id="8f4b2c1e-6a57-4f0e-9d3b-2f1a7c9e5b60">` +
	`<body>Wherefore art thou, Romeo? Deny thy father &amp; refuse thy name now.</body>` +
	`<active xmlns="http://jabber.org/protocol/chatstates"/><request xmlns="urn:xmpp:receipts"/>` +
	`<origin-id xmlns="urn:xmpp:sid:0" id="8f4b2c1e-6a57-4f0e-9d3b-2f1a7c9e5b60"/><x xmlns="jabber:x:oob"/></message>`

const clientHeader = `<stream:stream xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams" to="example.com" version="1.0">`

func opened(t testing.TB, header string, limits Limits, content string) *Scanner {
	t.Helper()
	s := NewScanner(limits, content)
	if _, n, err := s.Open([]byte(header)); err != nil || n != len(header) {
		t.Fatalf("open: %d of %d bytes, %v", n, len(header), err)
	}
	return s
}

func BenchmarkScanner(b *testing.B) {
	s := opened(b, clientHeader, Limits{}, ns.Client)
	buf := []byte(chat)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		if st, n, err := s.Next(buf); err != nil || n != len(buf) || len(st.Children) != 5 {
			b.Fatal(n, err)
		}
	}
}

func BenchmarkEncodingXML(b *testing.B) {
	buf := []byte(chat)
	b.SetBytes(int64(len(buf)))
	b.ReportAllocs()
	for b.Loop() {
		d := xml.NewDecoder(bytes.NewReader(buf))
		for {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

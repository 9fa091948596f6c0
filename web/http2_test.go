package web

import (
	"encoding/binary"
	"io"
	"log/slog"
	"net/http"
	"testing"
)

// One connection of HTTP/2 does not stand for hundreds: the server says how many requests it takes at once (RFC 9113 § 6.5.2).
func TestRequestsOfOneConnection(t *testing.T) {
	s, p := NewServer(http.NotFoundHandler(), slog.New(slog.DiscardHandler)), newPipes()
	s.http.Protocols = &http.Protocols{}
	s.http.Protocols.SetUnencryptedHTTP2(true)
	s.Serve(p)
	defer s.http.Close()
	c := p.dial()
	go io.WriteString(c, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"+"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	var head [9]byte
	if _, err := io.ReadFull(c, head[:]); err != nil || head[3] != 4 {
		t.Fatal(head, err)
	}
	settings := make([]byte, int(head[1])<<8|int(head[2]))
	if _, err := io.ReadFull(c, settings); err != nil {
		t.Fatal(err)
	}
	for ; len(settings) >= 6; settings = settings[6:] {
		if binary.BigEndian.Uint16(settings) == 3 {
			if n := binary.BigEndian.Uint32(settings[2:]); n != requestsAtOnce {
				t.Errorf("%d requests at once", n)
			}
			return
		}
	}
	t.Error("any number of requests at once")
}

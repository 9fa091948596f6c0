package api

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"

	"myna/admin/session"
	"myna/xmpp/transport"
)

// Requests of other pages do not write the log full, whatever their paths are: anybody makes them, without a session.
func TestForgedRequestsAreLoggedSparingly(t *testing.T) {
	var b bytes.Buffer
	a := &api{Options: Options{Log: slog.New(slog.NewTextHandler(&b, nil)), Sessions: session.NewStore(nil, nil)}}
	for range 100 {
		r := httptest.NewRequest("GET", "https://example.net/api/v1/accounts/"+strings.Repeat("x", 60_000), nil)
		r.Header.Set("Cookie", "__Host-myna-admin=x")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if _, err := a.visitor(r, transport.Peer{Encrypted: true}); !errors.As(err, new(problem)) {
			t.Fatal(err)
		}
	}
	if n := strings.Count(b.String(), "\n"); n == 0 || n > 20 || b.Len() > 10_000 {
		t.Errorf("%d lines, %d bytes", n, b.Len())
	}
}

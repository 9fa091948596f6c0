package server_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/server"
	"myna/storage"
	"myna/xmpp"
)

// book is a log that is read at the end.
type book struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *book) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *book) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// Keys, cookies, tokens and passwords are in no line of the log, whatever comes of the requests that bring them.
func TestSecretsAreNotLogged(t *testing.T) {
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir = []string{"example.net"}, t.TempDir()
	cfg.Listen = config.Listen{HTTP: []string{"127.0.0.1:0"}}
	log := &book{}
	srv, err := server.Start(t.Context(), cfg, slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	if err != nil {
		t.Fatal(err)
	}
	const password = "zebra-password-1"
	root, err := xmpp.ParseJID("root@example.net")
	if err == nil {
		err = srv.Accounts().Create(t.Context(), storage.Account{JID: root, Role: storage.ServerAdmin}, password)
	}
	if err != nil {
		t.Fatal(err)
	}
	key, err := srv.Admin().CreateKey(t.Context(), admin.CommandLine(), admin.CreateKey{Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	base := "http://" + srv.WebAddr().String() + "/api/v1"
	secrets := []string{password, "zebra-wrong", key.Text, "zebra-new-password"}
	send := func(method, path, body string, headers ...string) *http.Response {
		t.Helper()
		return sendTo(t, method, base+path, body, headers...)
	}
	in := send("POST", "/session", `{"address":"root@example.net","password":"`+password+`"}`)
	if in.StatusCode != 200 || len(in.Cookies()) != 1 {
		t.Fatalf("sign in: %s", in.Status)
	}
	cookie := in.Cookies()[0]
	secrets = append(secrets, cookie.Value)
	send("POST", "/session", `{"address":"root@example.net","password":"zebra-wrong"}`)
	send("GET", "/status", "", "Authorization", "Bearer "+key.Text)
	send("GET", "/status", "", "Authorization", "Bearer "+key.Text+"x")
	send("GET", "/status", "", "Authorization", "Bearer zebra-wrong")
	send("POST", "/stop", "{}", "Cookie", cookie.Name+"="+cookie.Value, "Origin", "https://evil.example")
	send("POST", "/accounts/root@example.net/password", `{"password":"zebra-new-password"}`, "Authorization", "Bearer "+key.Text)
	send("POST", "/sso/tokens", `{"account":"root@example.net"}`, "Authorization", "Bearer "+key.Text)
	send("DELETE", "/session", "", "Cookie", cookie.Name+"="+cookie.Value)
	if err := srv.Shutdown(context.Background()); err != nil {
		t.Fatal(err)
	}
	said := log.String()
	if !strings.Contains(said, "request with a wrong key") || !strings.Contains(said, "signed in to the admin page") || !strings.Contains(said, "another page made") {
		t.Errorf("the log is not that of the requests:\n%s", said)
	}
	for _, s := range secrets {
		if strings.Contains(said, s) {
			t.Errorf("the log tells %q", s)
		}
	}
}

// sendTo sends a request of JSON, and reads the answer away.
func sendTo(t *testing.T, method, address, body string, headers ...string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		t.Fatal(err)
	}
	return resp
}

package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/web"
)

func TestDev(t *testing.T) {
	s := newShell(t)
	dir := filepath.Join(s.dir, "demo")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	s.write("demo/myna.toml", "hosts = [\"localhost\"]"+strings.Replace(quiet, `"data"`, `"."`, 1))
	var first string
	for range 2 {
		sup, log, out := newSupervisor(t), newJournal(), newJournal()
		stop := s.service(sup, log, out, "dev", "--data", dir)
		out.expect(t, "account create chi@localhost")
		s.file = filepath.Join(dir, "myna.toml")
		if d := decode[admin.AliasDetail](t, s.ok("alias", "show", "sales@localhost", "--json")); len(d.Targets) != 2 || d.GroupChat {
			t.Errorf("alias %+v", d)
		}
		if got := stop(); got != done {
			t.Errorf("status %d\n%s", got, log)
		}
		if first == "" {
			first = out.String()
			checkWelcome(t, first, filepath.Join(dir, "cert.pem"))
			continue
		}
		second := out.String()
		if !strings.Contains(second, "the demo that was in "+dir+": accounts, groups and messages are kept") {
			t.Errorf("the second start does not say that all is kept:\n%s", second)
		}
		if people, ok := strings.CutSuffix(second[strings.Index(second, "ADDRESS"):], "(the passwords of the first start, where nobody has changed them)\n"); !ok || !strings.HasSuffix(first, people) {
			t.Errorf("the second start prints other people:\n%s\n%s", first, second)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, "passwords.json")); err != nil || info.Mode() != 0o600 {
		t.Errorf("passwords %v, %v", info, err)
	}
}

// checkWelcome checks what the first start of the demo says.
func checkWelcome(t *testing.T, text, cert string) {
	t.Helper()
	data, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(data)
	sum := sha256.Sum256(block.Bytes)
	for _, want := range []string{"with a new demo in ", "self-signed, made for this demo: " + cert, "curl: --cacert " + cert,
		strings.ToUpper(hex.EncodeToString(sum[:2])[:2]) + ":", "127.0.0.1", "ADDRESS", "PASSWORD", "lan@localhost", "minh@localhost"} {
		if !strings.Contains(text, want) {
			t.Errorf("the demo does not tell %q\n%s", want, text)
		}
	}
	if digits := strings.ToLower(strings.ReplaceAll(text, ":", "")); !strings.Contains(digits, hex.EncodeToString(sum[:])) {
		t.Errorf("this is not the fingerprint %x\n%s", sum, text)
	}
	if strings.Contains(text, "/admin/") || strings.Contains(text, "http://") { // no listener for HTTP, no page
		t.Errorf("the demo tells pages that it does not serve\n%s", text)
	}
	if lines := strings.Split(strings.TrimSpace(text), "\n"); !strings.HasPrefix(lines[len(lines)-1], "admin@localhost") {
		t.Errorf("the demo does not end with who signs in\n%s", text)
	}
}

// The pages that are told are those that are served.
func TestWelcomeTellsPages(t *testing.T) {
	for name, pages := range map[string][]web.Page{
		"none": nil, "chat": {{Name: "Chat", Address: "http://127.0.0.1:1/"}},
		"both": {{Name: "Chat", Address: "http://127.0.0.1:1/"}, {Name: "Admin page", Address: "http://127.0.0.1:1/admin/"}},
	} {
		var out strings.Builder
		c := &cli{out: &out, name: "myna", env: func(string) string { return "" }}
		cfg := config.Default()
		cfg.Hosts, cfg.DataDir = []string{"localhost"}, t.TempDir()
		c.welcome(served(pages), cfg, []demoPerson{{Address: "lan@localhost", Password: "p"}}, true)
		for _, p := range []string{"http://127.0.0.1:1/\n", "http://127.0.0.1:1/admin/\n"} {
			want := slices.ContainsFunc(pages, func(page web.Page) bool { return page.Address+"\n" == p })
			if strings.Contains(out.String(), "in the chat with two browsers") != (len(pages) > 0) {
				t.Errorf("%s: what to try\n%s", name, &out)
			}
			if strings.Contains(out.String(), p) != want {
				t.Errorf("%s: %q is told: %v\n%s", name, p, !want, &out)
			}
		}
	}
}

// served is a server with pages.
type served []web.Page

func (s served) Pages() []web.Page          { return s }
func (s served) FollowLevel(*slog.LevelVar) {}

func (s served) Reload(context.Context, *config.Config, admin.Actor) ([]string, error) {
	return nil, nil
}
func (served) Ended() <-chan bool               { return nil }
func (s served) Shutdown(context.Context) error { return nil }

// The demo's own configuration is right; its ports are not opened here, as they may be in use.
func TestDemoConfig(t *testing.T) {
	s := newShell(t)
	s.write("myna.toml", demoConfig)
	s.ok("config", "check")
	show := decode[map[string]any](t, s.ok("config", "show", "--json"))
	for kind, list := range show["listen"].(map[string]any) {
		addrs, _ := list.([]any)
		for _, a := range addrs {
			if !strings.HasPrefix(kind, "prox") && !strings.HasPrefix(a.(string), "127.0.0.1:") {
				t.Errorf("%s listens on %s", kind, a)
			}
		}
	}
}

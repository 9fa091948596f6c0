package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server"
	"myna/server/servertest"
	"myna/xmpp/ns"
)

// reloading is a server whose file can be written anew.
type reloading struct {
	*hosts
	srv  *server.Server
	file string
}

const reloadingFile = `hosts = ["example.net", "example.org"]
data_dir = "data"
[listen]
c2s = ["127.0.0.1:0"]
c2s_tls = []
s2s = []
s2s_tls = []
http = ["127.0.0.1:0"]
https = []
admin_socket = ""
[tls]
plaintext_loopback = true
[modules.accounts]
min_password = 1
`

func newReloading(t *testing.T) *reloading {
	t.Helper()
	r := &reloading{hosts: &hosts{t: t}, file: filepath.Join(t.TempDir(), "myna.toml")}
	ctx, cancel := context.WithTimeout(t.Context(), 3*late)
	t.Cleanup(cancel)
	r.ctx = ctx
	r.srv, r.s = servertest.StartConfig(t, r.read(reloadingFile))
	r.web = r.srv.WebAddr().String()
	return r
}

func (r *reloading) read(file string) *config.Config {
	r.t.Helper()
	r.must(os.WriteFile(r.file, []byte(file), 0o600))
	cfg, err := config.Load(r.file)
	r.must(err)
	return cfg
}

// reload has the server read a file and returns its answer.
func (r *reloading) reload(file string) []string {
	r.t.Helper()
	lines, err := r.srv.Reload(r.ctx, r.read(file), admin.CommandLine())
	r.must(err)
	return lines
}

func (r *reloading) audits() []admin.AuditLine {
	r.t.Helper()
	lines, err := r.srv.Admin().ListAudit(r.ctx, admin.CommandLine(), admin.ListAudit{})
	r.must(err)
	return slices.DeleteFunc(lines, func(l admin.AuditLine) bool { return l.Action != "config.reload" })
}

// A reload says what is different now, and what needs a restart, each with both values; the audit log says the first.
func TestReloadTells(t *testing.T) {
	r := newReloading(t)
	level := &slog.LevelVar{}
	r.srv.FollowLevel(level)
	file := strings.Replace(reloadingFile, `"example.org"]`, `"example.com"]`, 1) + "[log]\nlevel = \"debug\"\n[modules.muc]\nroom_creation = \"everybody\"\n[host.\"example.net\".modules.muc]\nmax_users = 7\n"
	want := []string{
		`host."example.net".modules.muc.max_users is 7 now, it was the value of all hosts`,
		`log.level is "debug" now, it was "info"`,
		`modules.muc.room_creation is "everybody" now, it was "nobody"`,
		`hosts needs a restart: the file says ["example.net", "example.com"], ["example.net", "example.org"] is in use`,
	}
	if got := r.reload(file); !slices.Equal(got, want) {
		t.Errorf("got %q\nwant %q", got, want)
	}
	if level.Level() != slog.LevelDebug {
		t.Error("the level of the log is as before")
	}
	if got := r.reload(file); !slices.Equal(got, want[3:]) {
		t.Errorf("the same file once more: %q", got)
	}
	lines := r.audits()
	if len(lines) != 2 || lines[1].Actor != "cli" || !strings.Contains(string(lines[1].Change), `"modules.muc.room_creation":"\"everybody\""`) {
		t.Errorf("audit log: %+v", lines)
	}
	if _, err := r.srv.Reload(r.ctx, r.read(reloadingFile+"[modules.muc]\nroom_creation = \"some\"\n"), admin.CommandLine()); err == nil ||
		!strings.Contains(err.Error(), "myna.toml:16: ") || !strings.Contains(err.Error(), "room_creation") {
		t.Errorf("a wrong file: %v", err)
	}
	if got := r.enter(r.client("lan@example.net"), "a@groups.example.net"); got != "entered" {
		t.Errorf("after a wrong file the value before holds: %s", got)
	}
	if n := len(r.audits()); n != 2 {
		t.Errorf("the audit log has %d lines", n)
	}
}

// What a file says is obeyed from the reload on, also by clients that are there.
func TestReloadIsObeyed(t *testing.T) {
	r := newReloading(t)
	r.account("lan@example.net")
	r.account("minh@example.net")
	lan := r.client("lan@example.net")
	if got := r.enter(lan, "a@groups.example.net"); got != "cancel not-allowed" {
		t.Fatal(got)
	}
	r.ask(lan, "get", "", `<query xmlns="jabber:iq:roster"/>`)
	origin := func() int {
		q, err := http.NewRequestWithContext(r.ctx, http.MethodOptions, "http://"+r.web+"/http-bind", nil)
		r.must(err)
		q.Header.Set("Origin", "https://webmail.example.com")
		resp, err := http.DefaultClient.Do(q)
		r.must(err)
		r.must(resp.Body.Close())
		return resp.StatusCode
	}
	if got := origin(); got != http.StatusForbidden {
		t.Errorf("before: %d", got)
	}
	r.reload(strings.Replace(reloadingFile, "admin_socket", "origins = [\"https://webmail.example.com\"]\nadmin_socket", 1) +
		"[host.\"example.net\".modules.muc]\nroom_creation = \"everybody\"\n[limits]\nstanza_bytes = 20000\nconnections_per_ip = 2\n[modules.contacts]\nshared_roster = false\n")
	if got := r.enter(lan, "a@groups.example.net"); got != "entered" {
		t.Errorf("a room: %s", got)
	}
	if got := origin(); got != http.StatusNoContent {
		t.Errorf("a page: %d", got)
	}
	if e, _ := r.ask(lan, "get", "", `<query xmlns="jabber:iq:roster"/>`); strings.Contains(e.String(), "minh") {
		t.Errorf("the shared roster is there: %s", e)
	}
	minh := r.client("minh@example.net")
	if c, err := xmpptest.Dial(r.ctx, &r.s, "lan@example.net"); err == nil {
		t.Error("a third connection was accepted")
		c.Cut()
	}
	r.send(minh, `<message to="lan@example.net"><body>%s</body></message>`, strings.Repeat("x", 20000))
	for {
		e, err := minh.Next(r.ctx)
		if err != nil {
			t.Fatalf("a stanza that is too long: %v", err)
		}
		if e.Is(ns.Stream, "error") {
			break
		}
	}
}

// Clients chat while the configuration is read again and again; nothing is lost.
func TestReloadWhileClientsChat(t *testing.T) {
	r := newReloading(t)
	for _, c := range "abcd" {
		r.account(string(c) + "@example.net")
	}
	var chats, reloads sync.WaitGroup
	done := make(chan struct{})
	files := []*config.Config{
		r.read(reloadingFile),
		r.read(reloadingFile + "[modules.contacts]\nshared_roster = false\n[limits]\nbytes_per_second = 0\nfailed_logins_per_minute = 0\n[host.\"example.net\".modules.upload]\nmax_file = 10\n"),
	}
	reloads.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			if _, err := r.srv.Reload(r.ctx, files[i%2], admin.CommandLine()); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for _, c := range "abcd" {
		chats.Go(func() {
			if err := r.chat(string(c)+"@example.net", 30); err != nil {
				t.Error(err)
			}
		})
	}
	chats.Wait()
	close(done)
	reloads.Wait()
}

// chat signs in and sends to itself, and waits for each message.
func (r *reloading) chat(address string, n int) error {
	for i := range n {
		c, err := xmpptest.Dial(r.ctx, &r.s, address)
		if err == nil {
			err = c.Login(r.ctx, "pencil")
		}
		if err == nil {
			err = c.Bind(r.ctx, fmt.Sprint("r", i))
		}
		if err == nil {
			err = r.echo(c, i)
		}
		if err != nil {
			return err
		}
		c.Cut()
	}
	return nil
}

func (r *reloading) echo(c *xmpptest.Client, i int) error {
	if err := c.Send(fmt.Sprintf(`<presence/><message to="%s" id="m%d" type="chat"><body>%d %s</body></message>`, c.JID, i, i, time.Now())); err != nil {
		return err
	}
	for {
		e, err := c.Next(r.ctx)
		if err != nil || e.Attr("id") == fmt.Sprint("m", i) {
			return err
		}
	}
}

package server_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server"
	"myna/server/servertest"
	"myna/storage"
)

// decided is a server whose domain's options are decided while it runs.
type decided struct {
	t   *testing.T
	cfg *config.Config
	srv *server.Server
	s   xmpptest.Server
}

func (p *decided) start() {
	p.t.Helper()
	p.srv, p.s = servertest.StartConfig(p.t, p.cfg)
}

func (p *decided) restart() {
	p.t.Helper()
	if err := p.srv.Shutdown(context.Background()); err != nil {
		p.t.Fatal(err)
	}
	p.start()
}

// do sets or resets an option as somebody, and returns what it is then, or the error.
func (p *decided) do(who admin.Actor, name, key, value string) string {
	p.t.Helper()
	request := map[string]string{"domain": "example.net", "key": key}
	if name == "policy.set" {
		request["value"] = value
	}
	var out admin.Policy
	if err := (admin.Local{Admin: p.srv.Admin(), Actor: who}).Call(p.t.Context(), name, request, &out, nil); err != nil {
		return err.Error()
	}
	return out.Value + " " + out.Source
}

// creates tells whether somebody may make a room.
func (p *decided) creates(room string) bool {
	p.t.Helper()
	c := signIn(p.t, p.s, "lan@example.net", "phone")
	defer c.Cut()
	return strings.Contains(converse(p.t, c, `<presence to="`+room+`@groups.example.net/lan"><x xmlns="http://jabber.org/protocol/muc"/></presence>`, ""), `code="201"`)
}

// What an administrator decides for a domain is in use at once, outlives a restart and a reload, and gives way to the file.
func TestPolicies(t *testing.T) {
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir, cfg.TLS.PlaintextLoopback = []string{"example.net", "other.example"}, t.TempDir(), true
	cfg.Listen = config.Listen{C2S: []string{"127.0.0.1:0"}}
	cfg.Modules = map[string]config.Section{"accounts": {"min_password": int64(6)}}
	p := &decided{t: t, cfg: cfg}
	p.start()
	lan := admin.Actor{Name: "lan@example.net", Role: storage.DomainAdmin, Domain: "example.net", Door: "page"}
	const creation = "modules.muc.room_creation"
	if p.creates("a") {
		t.Fatal("a room was made by default")
	}
	if got := p.do(lan, "policy.set", creation, "everybody"); got != `"everybody" page` || !p.creates("b") {
		t.Errorf("set: %s", got)
	}
	for key, want := range map[string]string{
		creation: "is not one of nobody, admins, everybody", "modules.upload.max_file": "is for administrators of the server", "archive.enabled": "there is no option",
		"modules.accounts.anonymous": "is for administrators of the server", "modules.muc.room_creations": "did you mean modules.muc.room_creation?",
	} {
		if got := p.do(lan, "policy.set", key, "somebody"); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want …%s…", key, got, want)
		}
	}
	for key, value := range map[string]string{"modules.accounts.certificate_ca": "/etc/passwd", "modules.accounts.anonymous": "true"} {
		if got := p.do(admin.CommandLine(), "policy.set", key, value); !strings.Contains(got, "is set in the configuration file only") {
			t.Errorf("%s: %s", key, got)
		}
	}
	p.restart()
	if !p.creates("c") {
		t.Error("a restart forgets what was decided")
	}
	if _, err := p.srv.Reload(t.Context(), cfg, admin.CommandLine()); err != nil || !p.creates("d") {
		t.Errorf("a reload forgets what was decided: %v", err)
	}
	pinned := *cfg
	pinned.Host = map[string]config.HostConfig{"example.net": {Modules: map[string]config.Section{"muc": {"room_creation": "nobody"}}}}
	if _, err := p.srv.Reload(t.Context(), &pinned, admin.CommandLine()); err != nil || p.creates("e") {
		t.Errorf("the file gives way: %v", err)
	}
	if got := p.do(lan, "policy.reset", creation, ""); !strings.Contains(got, "the configuration file says") {
		t.Errorf("reset of what the file says: %s", got)
	}
	if _, err := p.srv.Reload(t.Context(), cfg, admin.CommandLine()); err != nil {
		t.Fatal(err)
	}
	if got := p.do(lan, "policy.reset", creation, ""); got != `"nobody" default` || p.creates("f") {
		t.Errorf("reset: %s", got)
	}
	p.audited("policy.set", "policy.reset")
}

// audited checks that the log has these actions of the page, and no others about options.
func (p *decided) audited(actions ...string) {
	p.t.Helper()
	lines, err := p.srv.Admin().ListAudit(p.t.Context(), admin.CommandLine(), admin.ListAudit{Search: "policy."})
	if err != nil || len(lines) != len(actions) {
		p.t.Fatalf("%d lines, %v", len(lines), err)
	}
	for i, l := range lines {
		var c struct{ Old, New map[string]string }
		if err := json.Unmarshal(l.Change, &c); err != nil || l.Action != actions[len(actions)-1-i] || l.Object != "example.net" || len(c.Old) != 1 || len(c.New) != 1 {
			p.t.Errorf("line %+v %s, %v", l, l.Change, err)
		}
	}
}

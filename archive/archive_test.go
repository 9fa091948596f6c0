package archive

import (
	"context"
	"log/slog"
	"strconv"
	"testing"
	"time"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
	"myna/xmpp/router"
)

type everybody struct{}

func (everybody) Exists(xmpp.JID) bool { return true }

type contacts map[xmpp.JID]bool

func (c contacts) OnRoster(_, contact xmpp.JID) bool { return c[contact] }

func jid(t *testing.T, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func newTest(t *testing.T, change func(*Options)) *Archive {
	t.Helper()
	store := sqlite.Temp(t)
	o := Options{Store: store, Config: config.NewOptions(DefaultConfig()), Logger: slog.New(slog.DiscardHandler)}
	o.Router = router.New(t.Context(), router.Options{
		Registry: hook.NewRegistry(), Directory: everybody{}, Log: store, Logger: o.Logger,
		Hosts: map[string]hook.Target{"example.net": hook.Server, "groups.example.net": "groups"},
	})
	if change != nil {
		change(&o)
	}
	return New(o)
}

// XEP-0441 § 2.1.1, § 2.3.
func TestWanted(t *testing.T) {
	romeo := jid(t, "romeo@example.net")
	a := newTest(t, func(o *Options) { o.Contacts = contacts{jid(t, "friend@example.org"): true} })
	for _, c := range []struct {
		prefs  storage.ArchivePrefs
		peer   string
		wanted bool
	}{
		{storage.ArchivePrefs{Default: "always"}, "x@example.org/a", true},
		{storage.ArchivePrefs{Default: "never"}, "x@example.org/a", false},
		{storage.ArchivePrefs{Default: "roster"}, "x@example.org/a", false},
		{storage.ArchivePrefs{Default: "roster"}, "friend@example.org/a", true},
		{storage.ArchivePrefs{Default: "always", Never: []xmpp.JID{jid(t, "x@example.org")}}, "x@example.org/a", false},
		{storage.ArchivePrefs{Default: "always", Never: []xmpp.JID{jid(t, "x@example.org/a")}}, "x@example.org/a", false},
		{storage.ArchivePrefs{Default: "always", Never: []xmpp.JID{jid(t, "x@example.org/a")}}, "x@example.org/b", true},
		{storage.ArchivePrefs{Default: "always", Never: []xmpp.JID{jid(t, "example.org")}}, "x@example.org/b", true},
		{storage.ArchivePrefs{Default: "never", Always: []xmpp.JID{jid(t, "x@example.org")}}, "x@example.org/a", true},
	} {
		if err := a.Store.SetPrefs(t.Context(), romeo, c.prefs); err != nil {
			t.Fatal(err)
		}
		a.Forget(romeo)
		for range 2 { // from storage, from memory
			if got := a.wanted(romeo, jid(t, c.peer)); got != c.wanted {
				t.Errorf("%+v: %s is wanted: %v", c.prefs, c.peer, got)
			}
		}
	}
}

// What waited before the start counts, too.
func TestQuotaAfterRestart(t *testing.T) {
	romeo := jid(t, "romeo@example.net")
	a := newTest(t, func(o *Options) { o.Config.All().MaxWaiting = 3 })
	for i := range 2 {
		e := storage.Entry{Owner: romeo, Kind: "chat", Flags: storage.Hidden | storage.Waiting, Stanza: []byte(strconv.Itoa(i))}
		if _, err := a.Store.Append(t.Context(), e); err != nil {
			t.Fatal(err)
		}
	}
	if !a.admit(romeo) {
		t.Fatal("the first is refused")
	}
	a.recount(t.Context(), <-a.waiting.load)
	if !a.admit(romeo) {
		t.Error("the third is refused")
	}
	if a.admit(romeo) {
		t.Error("the fourth is taken")
	}
	a.waiting.reset(romeo)
	if !a.admit(romeo) {
		t.Error("there is no room after delivery")
	}
}

func TestTrim(t *testing.T) {
	romeo := jid(t, "romeo@example.net")
	days := time.Duration(0)
	a := newTest(t, func(o *Options) {
		o.Config.All().RetentionDays = 30
		o.Owners = func(context.Context) ([]Owner, error) { return []Owner{{JID: romeo}}, nil }
		o.Now = func() time.Time { return time.Now().Add(days * 24 * time.Hour) }
	})
	ids, err := a.Store.Append(t.Context(), storage.Entry{Owner: romeo, Kind: "chat", Stanza: []byte("old")},
		storage.Entry{Owner: romeo, Kind: "chat", Flags: storage.Hidden | storage.Waiting, Stanza: []byte("hidden")})
	if err != nil {
		t.Fatal(err)
	}
	left := func() (n int) {
		t.Helper()
		list, _, err := a.Store.Query(t.Context(), storage.Query{Owner: romeo, Max: 9})
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	a.trim(t.Context(), a.part(romeo))
	if left() != 1 {
		t.Fatal("it is removed too early")
	}
	days = 31
	a.trim(t.Context(), a.part(romeo)+1)
	if left() != 1 {
		t.Error("it is removed with another part of the archives")
	}
	a.trim(t.Context(), a.part(romeo)+trimParts)
	if left() != 0 {
		t.Error("it is not removed")
	}
	if a.Waits(romeo, ids[1]) {
		t.Error("what waits too long is not removed")
	}
}

// A host's messages are kept for as long as the host says, its rooms' too.
func TestRetentionOfHosts(t *testing.T) {
	cfg, err := config.Parse("t.toml", []byte("hosts = [\"example.net\", \"example.org\"]\n[archive]\nretention_days = 30\n[host.\"example.org\".archive]\nretention_days = 7\n"))
	if err != nil {
		t.Fatal(err)
	}
	options := config.NewOptions(DefaultConfig()).Completed(func(cfg *config.Config, host string, own *Config) error {
		a, err := cfg.HostArchive(host)
		own.RetentionDays = a.RetentionDays
		return err
	})
	take, err := options.Load(cfg, "archive")
	if err != nil {
		t.Fatal(err)
	}
	take()
	now := time.Unix(1e9, 0)
	a := newTest(t, func(o *Options) { o.Config, o.Now = options, func() time.Time { return now } })
	if got := a.oldest(Owner{JID: jid(t, "a@groups.example.net"), Retention: 3}); !got.Equal(now.AddDate(0, 0, -3)) {
		t.Errorf("a room that keeps messages for 3 days keeps what is newer than %s", got)
	}
	for owner, days := range map[string]int{"a@example.net": 30, "a@example.org": 7, "a@groups.example.org": 7} {
		if got := a.oldest(Owner{JID: jid(t, owner)}); !got.Equal(now.AddDate(0, 0, -days)) {
			t.Errorf("%s keeps what is newer than %s", owner, got)
		}
	}
}

// Frames come back from rows as they were, of rows that others have written, too.
func TestFrameOf(t *testing.T) {
	for _, c := range []struct{ stored, to, tail string }{
		{`<message xmlns="jabber:client" to="a&apos;b@c/d" from="x@y"><body/></message>`, "", ""},
		{`<message xmlns="jabber:client" to="a@c/&lt;d" from="x@y"><body/></message>`, "a@c/<d", ` from="x@y"><body/></message>`},
		{`<message xmlns="jabber:client" from="x@y"/>`, "", ` from="x@y"/>`},
		{`<message from="x@y" to="a@c" type="chat"><body>1</body></message>`, "a@c", ` from="x@y" type="chat"><body>1</body></message>`},
		{`<presence from="x@y"/>`, "", ""},
		{`<message`, "", ""},
		{``, "", ""},
	} {
		f, ok := frameOf([]byte(c.stored))
		if ok != (c.tail != "") {
			t.Errorf("%s: %v", c.stored, ok)
		} else if ok && (f.To.String() != c.to || string(f.Tail) != c.tail) {
			t.Errorf("%s: to %s, %s", c.stored, f.To, f.Tail)
		}
	}
}

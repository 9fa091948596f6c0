package digest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

func jid(t testing.TB, s string) xmpp.JID {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// session is a client that is there, or waits to be resumed.
type session struct {
	hook.Session
	jid      xmpp.JID
	detached bool
}

func (s session) JID() xmpp.JID            { return s.jid }
func (s session) Presence() *hook.Presence { return &hook.Presence{} }
func (s session) Detached() bool           { return s.detached }

// house is a Digest over a real database: lan and minh are in the groups sales and team.
type house struct {
	*Digest
	t     *testing.T
	store *sqlite.Store
	mails chan *Mail

	mu     sync.Mutex
	now    time.Time
	online map[string]session
	fail   error
	since  map[string]time.Time // by group: when lan became a member
}

func newHouse(t *testing.T) *house {
	h := &house{t: t, store: sqlite.Temp(t), mails: make(chan *Mail, 9), now: time.Now(), online: map[string]session{}}
	cfg := config.NewOptions(DefaultConfig())
	cfg.All().Digest, cfg.All().Relay = Hour, "localhost:25"
	rooms := []Group{{jid(t, "sales@groups.example.com"), "Sales", "Lan"}, {jid(t, "team@groups.example.com"), "Team", "Lan"}}
	h.Digest = New(Options{
		Store: h.store, Config: cfg, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
		Sessions: func(who xmpp.JID) (list []hook.Session) {
			h.mu.Lock()
			defer h.mu.Unlock()
			if s, ok := h.online[who.String()]; ok {
				list = append(list, s)
			}
			return list
		},
		Groups: func(xmpp.JID) []Group { return rooms },
		Since: func(_ context.Context, _, room xmpp.JID) (time.Time, error) {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.since[room.Local()], nil
		},
		Account: func(who xmpp.JID) (storage.Account, bool) {
			return storage.Account{JID: who, Name: "Lan", Lang: "en"}, who.Local() != "gone"
		},
		Everybody: func() []xmpp.JID { return []xmpp.JID{jid(t, "lan@example.com"), jid(t, "minh@example.com")} },
		Wants: func(_ context.Context, _, room xmpp.JID, mentioned bool) bool {
			return mentioned || room.Local() != "team"
		},
		Chat: func(domain string) string { return "https://chat." + domain },
		Send: func(_ context.Context, m *Mail) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.fail != nil {
				return h.fail
			}
			h.mails <- m
			return nil
		},
		Now: func() time.Time {
			h.mu.Lock()
			defer h.mu.Unlock()
			return h.now
		},
	})
	return h
}

// says puts a message into a room's archive, and tells the digest of lan.
func (h *house) says(room, nick, body string, mentioned bool) {
	h.t.Helper()
	owner, stanza := jid(h.t, room+"@groups.example.com"), `<message xmlns="jabber:client" type="groupchat"><body>`+body+`</body></message>`
	entry := storage.Entry{Owner: owner, Peer: jid(h.t, owner.String()+"/"+nick), Kind: "groupchat", Stanza: []byte(stanza)}
	if body == "" {
		entry.Stanza = []byte(`<message xmlns="jabber:client" type="groupchat"><retracted xmlns="urn:xmpp:message-retract:1"/></message>`)
	}
	if _, err := h.store.Append(h.t.Context(), entry); err != nil {
		h.t.Fatal(err)
	}
	h.Missed(jid(h.t, "lan@example.com"), owner, mentioned)
}

func (h *house) set(change func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	change()
}

// later lets time pass and sends what is due.
func (h *house) later(d time.Duration) []*Mail {
	h.set(func() { h.now = h.now.Add(d) })
	h.pass(h.t.Context())
	h.set(func() { h.now = time.Now() }) // that of the archive
	var list []*Mail
	for len(h.mails) > 0 {
		list = append(list, <-h.mails)
	}
	return list
}

// TestOneMail: what was missed in an hour comes in one mail, without what was said; then no more.
func TestOneMail(t *testing.T) {
	h := newHouse(t)
	h.says("sales", "Minh", "a secret", false)
	h.says("sales", "Lan", "of her own", false)
	h.says("sales", "Chi", "another", false)
	h.says("sales", "Chi", "", false)
	h.says("team", "Chi", "muted", false)
	if list := h.later(59 * time.Minute); len(list) != 0 {
		t.Errorf("told too early: %+v", list[0])
	}
	list := h.later(61 * time.Minute)
	if len(list) != 1 {
		t.Fatalf("%d mails", len(list))
	}
	m := list[0]
	for _, want := range []string{"Hello Lan,", "- Sales: 2 messages, the last by Chi", "https://chat.example.com"} {
		if !strings.Contains(m.Text, want) {
			t.Errorf("no %q in\n%s", want, m.Text)
		}
	}
	for _, secret := range []string{"secret", "another", "Team"} {
		if strings.Contains(m.Text+m.Subject, secret) {
			t.Errorf("%q in\n%s", secret, m.Text)
		}
	}
	if m.From != "noreply@example.com" || m.To != "lan@example.com" || m.Subject != "New messages in Sales" {
		t.Errorf("%+v", m)
	}
	if list := h.later(2 * time.Hour); len(list) != 0 {
		t.Errorf("told again: %+v", list[0])
	}
}

// TestNewMember: what was said in a group before somebody became a member, he or she has not missed.
func TestNewMember(t *testing.T) {
	h := newHouse(t)
	h.says("sales", "Minh", "one", false)
	h.says("sales", "Minh", "two", false)
	h.set(func() { h.since = map[string]time.Time{"sales": time.Now()} })
	h.says("sales", "Chi", "three", false)
	if list := h.later(2 * time.Hour); len(list) != 1 || !strings.Contains(list[0].Text, "- Sales: 1 message, the last by Chi") {
		t.Errorf("%+v", list)
	}
	h.says("sales", "Chi", "four", false)
	h.set(func() { h.since["sales"] = time.Now().Add(time.Hour) })
	if list := h.later(2 * time.Hour); len(list) != 0 {
		t.Errorf("told of what nobody missed: %+v", list[0])
	}
}

// TestWhoIsThereGetsNone: a client that came has shown what was said; one whose connection is cut has not.
func TestWhoIsThereGetsNone(t *testing.T) {
	h := newHouse(t)
	lan := session{jid: jid(t, "lan@example.com/phone")}
	h.says("sales", "Minh", "before", false)
	h.set(func() { h.online["lan@example.com"] = lan })
	h.Came(lan)
	h.says("sales", "Minh", "meanwhile", false)
	h.set(func() { delete(h.online, "lan@example.com") })
	if list := h.later(2 * time.Hour); len(list) != 0 {
		t.Errorf("told of what was shown: %+v", list[0])
	}
	h.set(func() { h.online["lan@example.com"] = session{jid: lan.jid, detached: true} })
	h.says("sales", "Minh", "into the void", false)
	if list := h.later(2 * time.Hour); len(list) != 1 {
		t.Errorf("%d mails for who has lost the connection", len(list))
	}
}

// TestMentions: in a group of which only mentions are wanted, a mention is told.
func TestMentions(t *testing.T) {
	h := newHouse(t)
	h.says("team", "Chi", "nothing for Lan", false)
	if list := h.later(2 * time.Hour); len(list) != 0 {
		t.Errorf("told of a muted group: %+v", list[0])
	}
	h.says("team", "Chi", "Lan, look", true)
	if list := h.later(2 * time.Hour); len(list) != 1 || !strings.Contains(list[0].Text, "Team: 1 message,") {
		t.Errorf("%+v", list)
	}
}

// TestFailingRelay: a mail that the relay does not take is sent again, later and later.
func TestFailingRelay(t *testing.T) {
	h := newHouse(t)
	h.set(func() { h.fail = errors.New("no") })
	h.says("sales", "Minh", "x", false)
	for range 3 {
		h.later(2 * time.Hour)
	}
	h.set(func() { h.fail = nil })
	if list := h.later(time.Minute); len(list) != 0 {
		t.Error("no pause after a failure")
	}
	if list := h.later(6 * time.Hour); len(list) != 1 {
		t.Errorf("%d mails", len(list))
	}
}

// TestRestart: who was not told before the server stopped is told after it has started, once.
func TestRestart(t *testing.T) {
	h := newHouse(t)
	if err := h.store.CreateAccounts(t.Context(), []storage.Account{{JID: jid(t, "lan@example.com"), Created: time.Now()}}, [][]storage.Credential{nil}); err != nil {
		t.Fatal(err)
	}
	if err := h.store.SetLastSeen(t.Context(), jid(t, "lan@example.com"), time.Now().Add(-time.Hour), ""); err != nil {
		t.Fatal(err)
	}
	h.says("sales", "Minh", "x", false)
	h.wait = map[xmpp.JID]*waiting{} // forgotten
	for _, want := range []int{1, 0} {
		h.recover(t.Context())
		if list := h.later(2 * time.Hour); len(list) != want {
			t.Errorf("%d mails, want %d", len(list), want)
		}
	}
}

// sink is a relay that keeps what it gets.
func sink(t *testing.T) (address string, got chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got = make(chan string, 9)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go take(c, got)
		}
	}()
	return l.Addr().String(), got
}

// take speaks SMTP (RFC 5321 § 3.3) with one client.
func take(c net.Conn, got chan string) {
	defer c.Close()
	say := func(text string) { fmt.Fprintf(c, "%s\r\n", text) }
	say("220 sink")
	lines, data, inData := bufio.NewScanner(c), []string{}, false
	for lines.Scan() {
		line := lines.Text()
		switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); {
		case inData && line == ".":
			inData = false
			got <- strings.Join(data, "\n")
			say("250 taken")
		case inData:
			data = append(data, line)
		case verb == "DATA":
			inData = true
			say("354 go on")
		case verb == "QUIT":
			say("221 bye")
			return
		case slices.Contains([]string{"EHLO", "HELO", "MAIL", "RCPT", "RSET", "NOOP"}, verb):
			data = append(data, line)
			say("250 fine")
		default:
			say("500 what")
		}
	}
}

// TestRelay: Run sends a mail through a relay, as one of a machine.
func TestRelay(t *testing.T) {
	h := newHouse(t)
	address, got := sink(t)
	c := h.Config.All()
	c.Relay, c.RelayTLS = address, Plain
	h.Send = func(ctx context.Context, m *Mail) error { return Relay(ctx, c, nil, m) }
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); h.Run(ctx) }()
	h.says("sales", "Minh", "x", false)
	h.set(func() { h.now = h.now.Add(2 * time.Hour) })
	h.rouse()
	mail := <-got
	for _, want := range []string{"MAIL FROM:<noreply@example.com>", "RCPT TO:<lan@example.com>", "Auto-Submitted: auto-generated",
		"Subject: New messages in Sales", `To: "Lan" <lan@example.com>`, "- Sales: 1 message", "Message-ID: ", "Date: "} {
		if !strings.Contains(mail, want) {
			t.Errorf("no %q in\n%s", want, mail)
		}
	}
	stop()
	<-done
}

func TestConfig(t *testing.T) {
	for want, c := range map[string]Config{
		"":           {Digest: Hour, Relay: "mail.example.com:587", RelayTLS: StartTLS, From: "chat@example.com"},
		"digest":     {Digest: Hour, RelayTLS: StartTLS},
		"relay":      {Digest: Off, Relay: "mail.example.com", RelayTLS: StartTLS},
		"relay_tls":  {Digest: Off, Relay: "mail.example.com:25", RelayTLS: Plain},
		"mail_from":  {Digest: Off, RelayTLS: TLS, From: "chat"},
		"relay_tls ": {Digest: Daily, Relay: "[::1]:25", RelayTLS: Plain},
	} {
		err := c.Validate()
		var key *config.KeyError
		switch errors.As(err, &key); {
		case want == "" || want == "relay_tls ":
			if err != nil {
				t.Errorf("%+v: %v", c, err)
			}
		case key == nil || key.Key != want:
			t.Errorf("%+v: %v, want an error of %s", c, err, want)
		}
	}
}

package remoteroster

import (
	"context"
	"iter"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// elsewhere is a server that keeps what it is sent.
type elsewhere chan string

func (e elsewhere) Route(_ xmpp.JID, f xmpp.Frame) error {
	e <- string(f.Append(nil, ""))
	return nil
}

type everybody struct{}

func (everybody) Exists(xmpp.JID) bool { return true }

func parse(t *testing.T, s string) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID(s)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// start returns a module for the accounts of example.net, with a gateway elsewhere. sees is whether that sees accounts.
func start(t *testing.T) (m *RemoteRoster, sent elsewhere, sees *bool, now *time.Time) {
	t.Helper()
	store, sent := sqlite.Temp(t), make(elsewhere, 100)
	options := config.NewOptions(Config{Entities: []string{"icq.example.org", "bot@example.org"}})
	log := slog.New(slog.NewTextHandler(t.Output(), nil))
	see, clock := true, time.Now()
	m = New(Options{
		Config: options, Docs: store, Logger: log, Hosts: []string{"example.net"},
		Router: router.New(t.Context(), router.Options{Registry: hook.NewRegistry(), Directory: everybody{}, Log: store, Remote: sent, Logger: log,
			Hosts: map[string]hook.Target{"example.net": hook.Server}}),
		SharesPresence: func(xmpp.JID, xmpp.JID) bool { return see },
		Apart:          func(xmpp.JID, xmpp.JID) bool { return false },
		Created:        func(xmpp.JID) time.Time { return time.Time{} },
		Each: func(string) iter.Seq[storage.Account] {
			return slices.Values([]storage.Account{{JID: parse(t, "lan@example.net")}, {JID: parse(t, "minh@example.net")}})
		},
		Now: func() time.Time { return clock },
	})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { m.Run(ctx); close(ended) }()
	t.Cleanup(func() { stop(); <-ended })
	return m, sent, &see, &clock
}

// ask lets an entity ask an account; it returns whether that is a new question, and its number.
func ask(t *testing.T, m *RemoteRoster, account, entity string) (challenge string, fresh bool) {
	t.Helper()
	j := parse(t, entity)
	g, fresh, err := m.grants.ask(t.Context(), parse(t, account), grant{Entity: j.Bare(), Via: j, At: m.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return g.Challenge, fresh
}

func answerTo(t *testing.T, m *RemoteRoster, account, challenge string, yes bool) {
	t.Helper()
	if err := m.decided(t.Context(), parse(t, account), challenge, yes); err != nil {
		t.Fatal(err)
	}
}

func (e elsewhere) want(t *testing.T, parts ...string) {
	t.Helper()
	got := <-e
	for _, p := range parts {
		if !strings.Contains(got, p) {
			t.Errorf("sent %s, want %s", got, p)
		}
	}
}

// A gateway elsewhere is told at its address, somebody elsewhere at the one that they have asked from (§ 4.1.1, § 4.3).
func TestElsewhere(t *testing.T) {
	m, sent, _, _ := start(t)
	lan, one := parse(t, "lan@example.net"), parse(t, "1@icq.example.org")
	c, _ := ask(t, m, "lan@example.net", "icq.example.org")
	answerTo(t, m, "lan@example.net", c, true)
	sent.want(t, `to="icq.example.org"`, `from="lan@example.net"`, `type="allowed"`)
	c, _ = ask(t, m, "lan@example.net", "bot@example.org/gate")
	answerTo(t, m, "lan@example.net", c, true)
	sent.want(t, `to="bot@example.org/gate"`, `type="allowed"`)
	m.Changed(lan, one, xmpp.JID{}, xmpp.El(ns.Roster, "item").Set("jid", one.String()))
	sent.want(t, `to="icq.example.org"`, `<query xmlns="jabber:iq:roster"><item jid="1@icq.example.org"/></query>`)
	m.Changed(lan, one, parse(t, "icq.example.org"), xmpp.El(ns.Roster, "item").Set("jid", "own"))            // it has done so
	m.Changed(lan, parse(t, "1@sub.icq.example.org"), xmpp.JID{}, xmpp.El(ns.Roster, "item").Set("jid", "x")) // of another domain
	m.Changed(lan, parse(t, "2@example.org"), xmpp.JID{}, xmpp.El(ns.Roster, "item").Set("jid", "last"))
	sent.want(t, `to="bot@example.org/gate"`, `jid="last"`)
}

// Nobody is asked twice in a day, and what was allowed is not asked at all.
func TestPatience(t *testing.T) {
	m, sent, _, now := start(t)
	c, fresh := ask(t, m, "lan@example.net", "icq.example.org")
	if !fresh {
		t.Error("the first question is none")
	}
	if again, fresh := ask(t, m, "lan@example.net", "icq.example.org"); fresh || again != c {
		t.Error("an open question is asked again")
	}
	*now = now.Add(patience + time.Minute)
	d, fresh := ask(t, m, "lan@example.net", "icq.example.org")
	if !fresh || d == c {
		t.Error("a question of yesterday is not asked again")
	}
	if err := m.decided(t.Context(), parse(t, "lan@example.net"), c, true); err == nil {
		t.Error("the number of the old question counts")
	}
	if err := m.decided(t.Context(), parse(t, "minh@example.net"), d, true); err == nil {
		t.Error("somebody else answers")
	}
	answerTo(t, m, "lan@example.net", d, false)
	sent.want(t, `type="rejected"`)
	if _, fresh := ask(t, m, "lan@example.net", "icq.example.org"); fresh {
		t.Error("a no of today does not count")
	}
	*now = now.Add(patience + time.Minute)
	d, _ = ask(t, m, "lan@example.net", "icq.example.org")
	answerTo(t, m, "lan@example.net", d, true)
	*now = now.Add(100 * patience)
	if _, fresh := ask(t, m, "lan@example.net", "icq.example.org"); fresh {
		t.Error("what is allowed is asked")
	}
}

// A permission ends with the subscription, however that ended, and with the account that has it (§ 4.1.3).
func TestEnds(t *testing.T) {
	m, sent, sees, _ := start(t)
	lan, icq, bot := parse(t, "lan@example.net"), parse(t, "icq.example.org"), parse(t, "bot@example.org")
	may := func(entity xmpp.JID) bool {
		_, ok, err := m.may(t.Context(), lan, entity)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for _, entity := range []xmpp.JID{icq, bot} {
		c, _ := ask(t, m, "lan@example.net", entity.String())
		answerTo(t, m, "lan@example.net", c, true)
		sent.want(t, `type="allowed"`)
	}
	if !may(icq) || !may(bot) || may(parse(t, "else.example.org")) {
		t.Error("not what was allowed")
	}
	m.Related(lan, icq) // the subscription is there
	*sees = false
	m.Related(lan, icq)
	sent.want(t, `to="icq.example.org"`, `type="rejected"`)
	*sees = true
	if may(icq) || !may(bot) {
		t.Error("the permission has come back, or another has gone")
	}
	m.Forget(bot)
	m.Changed(lan, parse(t, "1@example.org"), xmpp.JID{}, xmpp.El(ns.Roster, "item")) // behind it
	m.Changed(lan, parse(t, "2@icq.example.org"), xmpp.JID{}, xmpp.El(ns.Roster, "item"))
	done := make(chan struct{})
	m.later("wait", func(context.Context) error { close(done); return nil })
	<-done
	if may(bot) || len(sent) > 0 {
		t.Error("whoever gets the address has what was allowed to another")
	}
}

// What was said to an account counts for that one only: a server that stops before it has forgotten an account that is deleted gives
// nothing to whoever gets the address.
func TestEndsWithItsAccount(t *testing.T) {
	m, sent, _, _ := start(t)
	lan, bot := parse(t, "lan@example.net"), parse(t, "bot@example.org")
	born := time.Now()
	m.grants.created = func(j xmpp.JID) time.Time {
		if j == bot {
			return born
		}
		return time.Time{}
	}
	for _, said := range []bool{true, false} {
		c, fresh := ask(t, m, "lan@example.net", "bot@example.org")
		if !fresh {
			t.Fatal("what was said to another counts")
		}
		answerTo(t, m, "lan@example.net", c, said)
		sent.want(t, "type=")
		if _, ok, err := m.may(t.Context(), lan, bot); ok != said || err != nil {
			t.Errorf("said %t: %t, %v", said, ok, err)
		}
		for _, other := range []time.Time{{}, born.Add(time.Hour)} {
			born = other
			_, ok, err := m.may(t.Context(), lan, bot)
			list, wrong := m.Allowed(t.Context(), lan)
			if ok || err != nil || len(list) != 0 || wrong != nil {
				t.Errorf("%v: another may: %t, %v, %v, %v", other, ok, list, err, wrong)
			}
		}
	}
	if err := m.Revoke(t.Context(), lan, bot); err == nil {
		t.Error("what was said to another is revoked")
	}
	if _, err := m.grants.drop(t.Context(), lan, bot); err != nil {
		t.Error(err)
	}
	if left, err := m.Docs.ListDocs(t.Context(), lan, space); err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestWords(t *testing.T) {
	for text, want := range map[string]string{
		"yes 123": "123 yes", "YES  123 ": "123 yes", "no 123": "123 no", "\u201cno 123\u201d.": "123 no", `"yes 123"`: "123 yes",
		"yes": "", "maybe 123": "", "yes 123 please": "", "yes abc": "", "": "",
	} {
		c, yes, ok := words(text)
		got := ""
		if ok {
			got = c + map[bool]string{true: " yes", false: " no"}[yes]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

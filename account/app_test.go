package account

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"mellium.im/sasl"

	"myna/config"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// stored is a service over a database, with the account lan@example.com, password "xin chào".
func stored(t *testing.T, edit func(*Config)) (*Service, *sqlite.Store) {
	t.Helper()
	db, cfg := sqlite.Temp(t), testConfig()
	if edit != nil {
		edit(&cfg)
	}
	o := testOptions(db)
	o.Config = config.NewOptions(cfg)
	s, err := New(o)
	if err == nil {
		err = s.Create(t.Context(), storage.Account{JID: lan(t)}, "xin chào")
	}
	if err != nil {
		t.Fatal(err)
	}
	return s, db
}

// signIn signs in with mellium's client and returns how.
func signIn(t *testing.T, s *Service, m sasl.Mechanism, password, client string) (Proof, error) {
	t.Helper()
	channel, state := secure(t, tls.VersionTLS13, nil)
	peer := sasl.NewClient(m, sasl.TLSState(state), sasl.RemoteMechanisms(s.Mechanisms(domain, xmpp.JID{}, channel)...),
		sasl.Credentials(func() (user, pass, identity []byte) { return []byte("lan"), []byte(password), nil }))
	x, err := s.Begin(Attempt{Domain: domain, Mechanism: m.Name, Channel: channel, Client: Client{ID: client, Software: "Test"}})
	if err != nil {
		t.Fatal(err)
	}
	err = converse(t, peer, x)
	return x.Proof(), err
}

func create(t *testing.T, s *Service, label string) (storage.AppPassword, string) {
	t.Helper()
	p, text, err := s.CreateAppPassword(t.Context(), lan(t), label)
	if err != nil {
		t.Fatal(err)
	}
	return p, text
}

// TestAppPasswords signs in with all mechanisms: the server learns only of the proof which of the passwords it is.
func TestAppPasswords(t *testing.T) {
	s, _ := stored(t, nil)
	phone, phoneText := create(t, s, "  Phone ")
	desk, deskText := create(t, s, "Desk")
	if phone.Label != "Phone" || phoneText == deskText || len(phoneText) != 19 {
		t.Errorf("%+v %q", phone, phoneText)
	}
	for _, m := range []sasl.Mechanism{sasl.ScramSha1, sasl.ScramSha1Plus, sasl.ScramSha256, sasl.ScramSha256Plus, sasl.Plain} {
		for password, want := range map[string]Proof{
			"xin chào": {By: ByPassword}, phoneText: {By: ByAppPassword, App: phone.ID}, deskText: {By: ByAppPassword, App: desk.ID},
		} {
			got, err := signIn(t, s, m, password, "")
			if err != nil || got.By != want.By || got.App != want.App || got.Limited() != (want.App != "") {
				t.Errorf("%s: %+v, %v; want %+v", m.Name, got, err, want)
			}
		}
		if _, err := signIn(t, s, m, "aaaa-bbbb-cccc-dddd", ""); condition(err) != NotAuthorized {
			t.Errorf("%s: %v", m.Name, err)
		}
	}
	list, err := s.AppPasswords(t.Context(), lan(t))
	if err != nil || len(list) != 2 || time.Since(list[0].Used) > time.Minute || time.Since(list[0].Created) > time.Minute {
		t.Errorf("%+v, %v", list, err)
	}
	if own, err := s.HasPassword(t.Context(), lan(t), deskText); own || err != nil {
		t.Error("an app password is taken for the password", err)
	}
	if err := s.CheckPassword(t.Context(), lan(t), deskText, Channel{}.Remote); condition(err) != NotAuthorized {
		t.Error("an app password opens another door:", err)
	}
}

func TestAppPasswordsEnd(t *testing.T) {
	s, _ := stored(t, nil)
	phone, text := create(t, s, "Phone")
	_, other := create(t, s, "Desk")
	var events []string
	s.OnChange(func(e Event) { events = append(events, string(e.Kind)+" "+e.ID) })
	before, err := signIn(t, s, sasl.ScramSha256, text, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.EndAppPassword(t.Context(), lan(t), phone.ID); err != nil {
		t.Fatal(err)
	}
	if s.Holds(lan(t), before.Since) {
		t.Error("who is on the way in is let in")
	}
	for _, m := range []sasl.Mechanism{sasl.ScramSha256, sasl.Plain} {
		if _, err := signIn(t, s, m, text, ""); condition(err) != NotAuthorized {
			t.Errorf("%s: %v", m.Name, err)
		}
		if _, err := signIn(t, s, m, other, ""); err != nil {
			t.Errorf("%s with the other: %v", m.Name, err)
		}
	}
	if err := s.EndAppPassword(t.Context(), lan(t), phone.ID); !errors.Is(err, storage.ErrNotFound) {
		t.Error("again:", err)
	}
	if err := s.SetPassword(t.Context(), lan(t), "another"); err != nil {
		t.Fatal(err)
	}
	if _, err := signIn(t, s, sasl.ScramSha256, other, ""); condition(err) != NotAuthorized {
		t.Error("with another password:", err)
	}
	if want := []string{"app password ended " + phone.ID, "password changed "}; !slices.Equal(events, want) {
		t.Errorf("events %q", events)
	}
}

func TestAppPasswordLimits(t *testing.T) {
	s, _ := stored(t, nil)
	for _, label := range []string{"", "  ", "a\nb", "a\xff", strings.Repeat("ờ", 65)} {
		if _, _, err := s.CreateAppPassword(t.Context(), lan(t), label); !errors.Is(err, ErrLabel) {
			t.Errorf("%q: %v", label, err)
		}
	}
	if _, _, err := s.CreateAppPassword(t.Context(), address(t, "nobody@example.com"), "x"); !errors.Is(err, storage.ErrNotFound) {
		t.Error("nobody's:", err)
	}
	var last string
	for range DefaultConfig().AppPasswords {
		_, last = create(t, s, strings.Repeat("ờ", 64))
	}
	if _, _, err := s.CreateAppPassword(t.Context(), lan(t), "x"); !errors.Is(err, ErrAppPasswords) {
		t.Error("one too many:", err)
	}
	for _, password := range []string{last, "xin chào"} { // all of them are compared with
		if _, err := signIn(t, s, sasl.ScramSha256, password, ""); err != nil {
			t.Error(err)
		}
	}
}

// TestAppPasswordOfImported is an account that has a verifier of one hash only: the others get the salt of the app password
// when they are made (XEP-0480).
func TestAppPasswordOfImported(t *testing.T) {
	s, _ := stored(t, nil)
	sha1 := scramHashes[len(scramHashes)-1]
	own, err := sha1.credential("pencil", []byte("salt of another server"), 4096)
	if err == nil {
		err = s.setCredentials(t.Context(), lan(t), []storage.Credential{own})
	}
	if err != nil {
		t.Fatal(err)
	}
	_, text := create(t, s, "Phone")
	see := func(when string, m sasl.Mechanism, password string, want Condition) {
		t.Helper()
		if _, err := signIn(t, s, m, password, ""); condition(err) != want {
			t.Errorf("%s, %s: %v", when, m.Name, err)
		}
	}
	for _, m := range []sasl.Mechanism{sasl.ScramSha1, sasl.ScramSha256, sasl.Plain} {
		see("before", m, text, "")
	}
	see("before", sasl.ScramSha1, "pencil", "")
	see("before", sasl.ScramSha256, "pencil", NotAuthorized)
	see("completed", sasl.Plain, "pencil", "")
	for _, m := range []sasl.Mechanism{sasl.ScramSha1, sasl.ScramSha256, sasl.Plain} {
		see("after", m, text, "")
		see("after", m, "pencil", "")
	}
}

// TestAppPasswordTokens: what a client is given for an app password ends with that.
func TestAppPasswordTokens(t *testing.T) {
	s, db := stored(t, nil)
	h := house{Service: s}
	channel, _ := secure(t, tls.VersionTLS13, nil)
	phone, text := create(t, s, "Phone")
	ask := func(password string) string {
		t.Helper()
		x, err := s.Begin(Attempt{Domain: domain, Mechanism: plainName, Channel: channel, Client: Client{ID: clientID}})
		if err == nil {
			_, _, err = x.Step(t.Context(), []byte("\x00lan\x00"+password))
		}
		if err != nil {
			t.Fatal(err)
		}
		token, _ := x.Token(t.Context(), tokenHash+"NONE")
		return token
	}
	use := func(token string) (Proof, error) {
		t.Helper()
		x, err := attempt{user: "lan", client: clientID, mechanism: tokenHash + "NONE", token: token, channel: channel}.run(t, h)
		return x.Proof(), err
	}
	first := ask("xin chào")
	if p, err := use(first); err != nil || p.By != ByToken || p.App != "" || p.Limited() {
		t.Errorf("with the password: %+v, %v", p, err)
	}
	token := ask(text)
	if _, err := use(first); condition(err) != NotAuthorized {
		t.Error("the token of the password is bound to the app password:", err)
	}
	if p, err := use(token); err != nil || p.By != ByToken || p.App != phone.ID || !p.Limited() {
		t.Errorf("with the app password: %+v, %v", p, err)
	}
	if err := s.EndAppPassword(t.Context(), lan(t), phone.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := use(token); condition(err) != NotAuthorized {
		t.Error("the token has not ended:", err)
	}
	if list, err := db.Clients(t.Context(), lan(t)); err != nil || len(list) != 0 {
		t.Errorf("clients %+v, %v", list, err)
	}
}

// TestClientsAreNoted looks at the list of clients: those that sign in with a password are on it, without a token, too.
func TestClientsAreNoted(t *testing.T) {
	for days, want := range map[int]int{60: 1, 0: 0} {
		s, _ := stored(t, func(c *Config) { c.ClientDays = days })
		if _, err := signIn(t, s, sasl.ScramSha256, "xin chào", clientID); err != nil {
			t.Fatal(err)
		}
		list, err := s.Clients(t.Context(), lan(t))
		if err != nil || len(list) != want || want == 1 && (list[0].Software != "Test" || !list[0].Until.IsZero()) {
			t.Errorf("%d days: %+v, %v", days, list, err)
		}
		if err := s.EndClient(t.Context(), lan(t), clientID); err != nil {
			t.Error(err)
		}
		if list, err := s.Clients(t.Context(), lan(t)); err != nil || len(list) != 0 {
			t.Errorf("it is still there: %+v, %v", list, err)
		}
	}
}

// TestAllKeysAreCompared: who has no account, and who has many passwords, cost the same.
func TestAllKeysAreCompared(t *testing.T) {
	s, _ := stored(t, nil)
	create(t, s, "Phone")
	for _, user := range []string{"lan", "nobody", "a b"} {
		who, err := s.subject(t.Context(), user, domain, scramHashes[1])
		n := 0
		if found := who.compare(func(*storage.Credential) int { n++; return 0 }); err != nil || found != -1 || n != 1+MaxAppPasswords {
			t.Errorf("%s: %d of %d, %v", user, found, n, err)
		}
		if found := who.compare(func(*storage.Credential) int { return 1 }); (found >= 0) != (user == "lan") {
			t.Errorf("%s: a decoy fits: %d", user, found)
		}
	}
}

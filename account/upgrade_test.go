package account

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"slices"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// imports makes an account whose verifiers came from elsewhere.
func (h house) imports(t *testing.T, name, password string, hashes ...scramHash) xmpp.JID {
	t.Helper()
	j := address(t, name+"@"+domain)
	var creds []storage.Credential
	for _, hash := range hashes {
		c, err := hash.credential(password, []byte("salt from elsewhere"), 4096)
		if err != nil {
			t.Fatal(err)
		}
		creds = append(creds, c)
	}
	if err := h.CreateMany(t.Context(), []Draft{{Account: storage.Account{JID: j}, Credentials: creds}}); err != nil {
		t.Fatal(err)
	}
	return j
}

// TestImported: an account is offered what it can do (XEP-0388 § 2.1), and its client makes the rest (XEP-0480 § 3).
func TestImported(t *testing.T) {
	h := newHouse(t, nil)
	c := Channel{Encrypted: true}
	if got := h.Upgrades(domain); got != nil {
		t.Errorf("nobody lacks anything: %q", got)
	}
	sha256Only := h.imports(t, "hoa", "secret", scramHashes[1])
	check := func(j xmpp.JID, want ...string) {
		t.Helper()
		if got := h.Mechanisms(domain, j, c); !slices.Equal(got, append(want, "PLAIN")) {
			t.Errorf("%s is offered %q, want %q", j, got, want)
		}
	}
	all := []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"}
	check(sha256Only, "SCRAM-SHA-256")
	check(lan(t), all...)
	check(address(t, "nobody@example.com"), all...)
	check(xmpp.JID{}, all...)
	if got := h.Upgrades(domain); !slices.Equal(got, []string{"UPGR-SCRAM-SHA-512", "UPGR-SCRAM-SHA-1"}) || h.Upgrades("example.org") != nil {
		t.Errorf("tasks %q", got)
	}
	if err := h.Load(t.Context()); err != nil { // as after a restart
		t.Fatal(err)
	}
	check(sha256Only, "SCRAM-SHA-256")

	x := h.begin(t, "SCRAM-SHA-256", c)
	if _, ok := x.Task("UPGR-SCRAM-SHA-512"); ok {
		t.Error("a task before signing in")
	}
	if err := (client{gs2: "n,,", user: "hoa", password: "secret"}).run(t, x); err != nil {
		t.Fatal(err)
	}
	if _, ok := x.Task("UPGR-SCRAM-SHA-256"); ok {
		t.Error("a task for what there is")
	}
	task, ok := x.Task("UPGR-SCRAM-SHA-512")
	if !ok || len(task.Salt) == 0 || task.Iterations != rounds {
		t.Fatalf("task %+v, %v", task, ok)
	}
	if err := x.Finish(t.Context(), task, make([]byte, sha256.Size)); condition(err) != MalformedRequest {
		t.Errorf("of another length: %v", err)
	}
	salted, err := pbkdf2.Key(sha512.New, "secret", task.Salt, task.Iterations, sha512.Size)
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Finish(t.Context(), task, salted); err != nil {
		t.Fatal(err)
	}
	check(sha256Only, "SCRAM-SHA-512", "SCRAM-SHA-256")
	creds, err := h.store.Credentials(t.Context(), sha256Only)
	want, err2 := scramHashes[0].credential("secret", task.Salt, task.Iterations)
	if err != nil || err2 != nil || len(creds) != 2 || string(creds[1].StoredKey) != string(want.StoredKey) {
		t.Errorf("%v, %v: %+v", err, err2, creds)
	}
	if _, ok := x.Task("UPGR-SCRAM-SHA-512"); ok {
		t.Error("the task comes again")
	}

	// Who hands the password over need do nothing.
	if _, _, err := h.begin(t, plainName, c).Step(t.Context(), []byte("\x00hoa\x00secret")); err != nil {
		t.Fatal(err)
	}
	check(sha256Only, all...)
	if got := h.Upgrades(domain); got != nil {
		t.Errorf("all is there: %q", got)
	}
}

// TestImportedMeanwhile: what is made of a password that was changed meanwhile is not kept.
func TestImportedMeanwhile(t *testing.T) {
	h := newHouse(t, nil)
	j := h.imports(t, "hoa", "secret", scramHashes[1])
	x := h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true})
	if err := (client{gs2: "n,,", user: "hoa", password: "secret"}).run(t, x); err != nil {
		t.Fatal(err)
	}
	task, _ := x.Task("UPGR-SCRAM-SHA-512")
	if err := h.SetPassword(t.Context(), j, "another"); err != nil {
		t.Fatal(err)
	}
	if err := x.Finish(t.Context(), task, make([]byte, sha512.Size)); condition(err) != NotAuthorized {
		t.Errorf("%v", err)
	}
	if got := h.Upgrades(domain); got != nil {
		t.Errorf("another password is of all mechanisms: %q", got)
	}
}

func TestImportedWrong(t *testing.T) {
	h := newHouse(t, nil)
	good, err := scramHashes[1].credential("secret", []byte("salt"), 4096)
	if err != nil {
		t.Fatal(err)
	}
	short, unknown := good, good
	short.StoredKey = short.StoredKey[1:]
	unknown.Mechanism = "SCRAM-MD5"
	for name, creds := range map[string][]storage.Credential{"short": {short}, "unknown": {unknown}, "twice": {good, good}, "none": {}} {
		err := h.CreateMany(t.Context(), []Draft{{Account: storage.Account{JID: address(t, "hoa@example.com")}, Credentials: creds}})
		if !errors.Is(err, ErrCredentials) || h.Exists(address(t, "hoa@example.com")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

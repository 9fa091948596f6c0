package account

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

func TestEventsFollowChanges(t *testing.T) {
	h := newHouse(t, nil)
	var got []string
	h.OnChange(func(e Event) {
		if now, ok := h.Account(e.Account.JID); ok == (e.Kind == Deleted) || ok && now != e.Account {
			t.Errorf("%s: the index has %v, %+v, the event %+v", e.Kind, ok, now, e.Account)
		}
		got = append(got, string(e.Kind)+" "+e.Account.JID.Local())
	})
	ctx, j := t.Context(), lan(t)
	for i, err := range []error{
		h.Create(ctx, storage.Account{JID: address(t, "minh@example.com/phone")}, "secret"),
		h.Disable(ctx, j), h.Disable(ctx, j), h.Enable(ctx, j), h.Rename(ctx, j, "Lan Nguyễn"),
		h.SetChat(ctx, j, false), h.SetChat(ctx, j, true), h.SetPassword(ctx, j, "new"),
		h.Update(ctx, j, func(a *storage.Account) { a.Department, a.Role, a.JID = "Sales", storage.DomainAdmin, xmpp.JID{} }),
		h.Delete(ctx, j),
	} {
		if err != nil {
			t.Fatalf("change %d: %v", i, err)
		}
	}
	want := []string{"created minh", "disabled lan", "enabled lan", "renamed lan", "chat off lan", "chat on lan",
		"password changed lan", "department changed lan", "role changed lan", "deleted lan"}
	if !slices.Equal(got, want) {
		t.Errorf("events\n%q, want\n%q", got, want)
	}
	if _, err := h.store.Account(ctx, j); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("the deleted account is still stored: %v", err)
	}
}

func TestAHookMayChangeAccounts(t *testing.T) {
	h := newHouse(t, nil)
	var kinds []Kind
	h.OnChange(func(e Event) {
		kinds = append(kinds, e.Kind)
		if e.Kind == Disabled {
			if err := h.Rename(t.Context(), e.Account.JID, "gone"); err != nil {
				t.Error(err)
			}
		}
	})
	if err := h.Disable(t.Context(), lan(t)); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(kinds, []Kind{Disabled, Renamed}) {
		t.Errorf("events %q", kinds)
	}
}

func TestRefusedChanges(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	missing := address(t, "nobody@example.com")
	for name, c := range map[string]struct{ got, want error }{
		"taken":             {h.Create(ctx, storage.Account{JID: lan(t)}, "x"), storage.ErrConflict},
		"empty password":    {h.Create(ctx, storage.Account{JID: missing}, ""), ErrPassword},
		"control":           {h.Create(ctx, storage.Account{JID: missing}, "a\x00b"), ErrPassword},
		"not UTF-8":         {h.Create(ctx, storage.Account{JID: missing}, "a\xffb"), ErrPassword},
		"long password":     {h.SetPassword(ctx, lan(t), strings.Repeat("x", 1025)), ErrPassword},
		"domain only":       {h.Create(ctx, storage.Account{JID: address(t, domain)}, "x"), ErrAddress},
		"no address":        {h.Create(ctx, storage.Account{}, "x"), ErrAddress},
		"update missing":    {h.Disable(ctx, missing), storage.ErrNotFound},
		"delete missing":    {h.Delete(ctx, missing), storage.ErrNotFound},
		"password of noone": {h.SetPassword(ctx, missing, "x"), storage.ErrNotFound},
		"many, one wrong":   {h.CreateMany(ctx, []Draft{{Account: storage.Account{JID: missing}, Password: "x"}, {Account: storage.Account{JID: lan(t)}, Password: "x"}}), storage.ErrConflict},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: %v, want %v", name, c.got, c.want)
		}
	}
	if h.Exists(missing) || h.Directory(domain).Len() != 1 {
		t.Error("a refused change left something behind")
	}
}

func TestDirectoryIsASnapshot(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	before := h.Directory(domain)
	if h.Directory(domain) != before {
		t.Error("two snapshots without a change between them")
	}
	var drafts []Draft
	for _, local := range []string{"minh", "an", "a-b", "a", "zoë"} {
		drafts = append(drafts, Draft{Account: storage.Account{JID: address(t, local+"@"+domain)}, Password: "secret"})
	}
	if err := h.CreateMany(ctx, drafts); err != nil {
		t.Fatal(err)
	}
	if before.Len() != 1 {
		t.Error("the old snapshot has changed")
	}
	again, err := New(testOptions(h.store))
	if err != nil {
		t.Fatal(err)
	}
	if err := again.Load(ctx); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]*Service{"kept current": h.Service, "loaded": again} {
		var got []string
		for a := range s.Directory(domain).All() {
			got = append(got, a.JID.Local())
			if found, ok := s.Account(a.JID); !ok || found != a {
				t.Errorf("%s: %s is not found", name, a.JID)
			}
		}
		if want := []string{"a", "a-b", "an", "lan", "minh", "zoë"}; !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if h.Directory("elsewhere.example").Len() != 0 || h.Exists(address(t, "lan@elsewhere.example")) || h.Exists(xmpp.JID{}) {
		t.Error("accounts where there are none")
	}
}

func TestConcurrentUse(t *testing.T) {
	h := newHouse(t, nil)
	var mu sync.Mutex
	names := map[string]int{}
	h.OnChange(func(e Event) {
		mu.Lock()
		defer mu.Unlock()
		names[e.Account.Name]++
	})
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for n := range 20 {
				if err := h.Rename(t.Context(), lan(t), fmt.Sprintf("%d.%d", i, n)); err != nil {
					t.Error(err)
				}
				h.Directory(domain).Find(lan(t))
			}
		})
	}
	all.Wait()
	if len(names) != 160 {
		t.Errorf("%d names of 160 were announced", len(names))
	}
}

func TestCheckPassword(t *testing.T) {
	h := newHouse(t, nil)
	ctx, from := t.Context(), netip.MustParseAddr("192.0.2.1")
	for _, c := range []struct {
		who, password string
		want          Condition
	}{
		{"lan@example.com", "xin chào", ""},
		{"lan@example.com", "xin cha\u0300o", ""},      // NFC (RFC 8265 § 4.2.2)
		{"lan@example.com", "xin\u00a0chào", ""},       // spaces are one space
		{"lan@example.com", "Xin chào", NotAuthorized}, // case is kept
		{"lan@example.com", "", NotAuthorized},
		{"lan@example.com", "\xff", NotAuthorized},
		{"nobody@example.com", "xin chào", NotAuthorized},
		{"lan@example.org", "xin chào", NotAuthorized},
		{"example.com", "xin chào", NotAuthorized},
	} {
		err := h.CheckPassword(ctx, address(t, c.who), c.password, from)
		if condition(err) != c.want {
			t.Errorf("%s with %q: %v, want %q", c.who, c.password, err, c.want)
		}
	}
	if bytes.Contains(h.log.Bytes(), []byte("nobody")) || bytes.Contains(h.log.Bytes(), []byte("chào")) {
		t.Errorf("the log tells too much:\n%s", h.log)
	}
	if err := h.SetPassword(ctx, lan(t), "another"); err != nil {
		t.Fatal(err)
	}
	if err := h.CheckPassword(ctx, lan(t), "xin chào", from); condition(err) != NotAuthorized {
		t.Errorf("the old password: %v", err)
	}
}

func condition(err error) Condition {
	var f *Failure
	switch {
	case err == nil:
		return ""
	case errors.As(err, &f):
		return f.Condition
	}
	return Condition("no failure: " + err.Error())
}

func TestASecretIsNeeded(t *testing.T) {
	o := testOptions(newMemory())
	o.Secret = o.Secret[:15]
	if _, err := New(o); err == nil {
		t.Error("a short secret was accepted")
	}
}

func TestAHookThatPanicsBreaksNothingElse(t *testing.T) {
	h := newHouse(t, nil)
	var kinds []Kind
	h.OnChange(func(e Event) {
		if kinds = append(kinds, e.Kind); e.Kind == Disabled {
			panic("a mistake in a hook")
		}
	})
	func() {
		defer func() { recover() }()
		h.Disable(t.Context(), lan(t))
	}()
	if err := h.Enable(t.Context(), lan(t)); err != nil || !slices.Equal(kinds, []Kind{Disabled, Enabled}) {
		t.Errorf("%v, events %q", err, kinds)
	}
}

// Who comes by an invitation has an account like all others, and the invitation is used up.
func TestCreateInvited(t *testing.T) {
	h := newHouse(t, nil)
	h.store.invite = "k7x2"
	minh := address(t, "minh@example.com")
	create := func(local, password string) error {
		return h.CreateInvited(t.Context(), "k7x2", Draft{Account: storage.Account{JID: address(t, local+"@example.com")}, Password: password})
	}
	if err := create("minh", ""); !errors.Is(err, ErrPassword) {
		t.Error(err)
	}
	if err := create("minh", "a good secret"); err != nil || !h.Exists(minh) {
		t.Errorf("no account: %v", err)
	}
	if ok, err := h.HasPassword(t.Context(), minh, "a good secret"); !ok || err != nil {
		t.Error("the password is not right", err)
	}
	if err := create("mai", "a good secret"); !errors.Is(err, storage.ErrNotFound) || h.Exists(address(t, "mai@example.com")) {
		t.Errorf("an invitation was used twice: %v", err)
	}
}

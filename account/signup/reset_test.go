package signup

import (
	"context"
	"log/slog"
	"net/netip"
	"testing"

	"myna/account"
	"myna/config"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// A link is for the account that it was made for: whoever gets the address after that was deleted is somebody else, though the server
// has stopped before it ended the link.
func TestResetOfAnAccountThatIsGone(t *testing.T) {
	store, log := sqlite.Temp(t), slog.New(slog.DiscardHandler)
	accounts, err := account.New(account.Options{Store: store, Config: config.NewOptions(account.DefaultConfig()), Secret: []byte("0123456789abcdef"), Logger: log})
	if err != nil {
		t.Fatal(err)
	}
	s := New(Options{
		Config: config.NewOptions(DefaultConfig()), Accounts: accounts, Store: store, Hosts: func() []string { return []string{"example.net"} }, Logger: log,
		SetLost: func(context.Context, xmpp.JID, string, string, string) error {
			t.Error("the password is set")
			return nil
		},
	})
	lan, err := xmpp.ParseJID("lan@example.net")
	if err != nil {
		t.Fatal(err)
	}
	create := func() {
		t.Helper()
		if err := accounts.Create(t.Context(), storage.Account{JID: lan}, "correct horse battery"); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := s.NewReset(t.Context(), lan); err == nil {
		t.Error("a link is made for nobody")
	}
	create()
	token, _, err := s.NewReset(t.Context(), lan)
	if err != nil {
		t.Fatal(err)
	}
	found, err := s.FindReset(t.Context(), "", token, netip.MustParseAddr("192.0.2.1"))
	if err != nil {
		t.Fatal(err)
	}
	if err := accounts.Delete(t.Context(), lan); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r, err := s.FindReset(t.Context(), "", token, netip.MustParseAddr("192.0.2.1")); err == nil {
			t.Errorf("found %+v", r)
		}
		if err := s.UseReset(t.Context(), found, "another horse battery", "page"); err == nil {
			t.Error("used")
		}
		if !accounts.Exists(lan) {
			create()
		}
	}
}

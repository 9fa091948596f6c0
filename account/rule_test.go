package account

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"myna/config"
	"myna/storage"
)

func TestAcceptablePasswords(t *testing.T) {
	cfg := DefaultConfig()
	j := address(t, "long.name@example.com/phone")
	for password, reason := range map[string]string{
		"":                          "it is empty",
		"1234567":                   "it has fewer than 8 characters",
		"mật khẩ":                   "it has fewer than 8 characters", // characters, not bytes
		"mật khẩu":                  "",
		"Long.Name":                 "it is the name of the account",
		"long.name@EXAMPLE.com":     "it is the name of the account",
		"long.name@example.org":     "",
		"tab\tin the middle":        "it has control characters",
		"not UTF-8 \xff":            "it is not UTF-8",
		strings.Repeat("x", 1025):   "it has more than 1024 bytes",
		strings.Repeat("xy", 512):   "",
		"correct horse and battery": "",
	} {
		err := cfg.Acceptable(j, password)
		var refused *PasswordError
		switch {
		case reason == "" && err != nil:
			t.Errorf("%q: %v", password, err)
		case reason != "" && (!errors.As(err, &refused) || !errors.Is(err, ErrPassword) || !strings.HasPrefix(refused.Reason, reason)):
			t.Errorf("%q: %v, want %q", password, err, reason)
		}
	}
}

// TestAnyPassword: with a minimum of one character nothing but the operator's own list is refused.
func TestAnyPassword(t *testing.T) {
	cfg := DefaultConfig()
	cfg.blocked = map[string]struct{}{"stolen": {}}
	j := address(t, "admin@example.com")
	for password, refused := range map[string]bool{"admin": true, "password": true, "12345678": true, "Stolen": true, "x": true, "": true} {
		if err := cfg.Acceptable(j, password); (err != nil) != refused {
			t.Errorf("%q: %v", password, err)
		}
	}
	cfg.MinPassword = 1
	for password, refused := range map[string]bool{"admin": false, "password": false, "12345678": false, "Stolen": true, "x": false, "": true} {
		if err := cfg.Acceptable(j, password); (err != nil) != refused {
			t.Errorf("%q, any: %v", password, err)
		}
	}
}

// The rule counts for every change, not only for doors that remember to ask.
func TestWeakPasswordsAreNotSet(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.MinPassword = 8 })
	ctx, minh := t.Context(), address(t, "minh@example.com")
	for what, err := range map[string]error{
		"create": h.Create(ctx, storage.Account{JID: minh}, "short"),
		"change": h.SetPassword(ctx, lan(t), "short"),
		"many": h.CreateMany(ctx, []Draft{{Account: storage.Account{JID: minh}, Password: "long enough"},
			{Account: storage.Account{JID: address(t, "longname@example.com")}, Password: "longname"}}),
	} {
		if !errors.Is(err, ErrPassword) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if h.Exists(minh) {
		t.Error("an account was made with a weak password")
	}
}

func TestMinPasswordIsBounded(t *testing.T) {
	for n, ok := range map[int]bool{0: false, 1: true, 256: true, 257: false} {
		cfg, err := config.Parse("t.toml", fmt.Appendf(nil, "hosts = [\"example.com\"]\n[modules.accounts]\nmin_password = %d\n", n))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := config.NewOptions(DefaultConfig()).Load(cfg, "accounts"); (err == nil) != ok {
			t.Errorf("%d: %v", n, err)
		}
	}
}

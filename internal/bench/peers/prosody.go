package peers

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"myna/internal/bench/scenario"
)

// prosodyIterations is the default_iteration_count of prosody 0.12's mod_auth_internal_hashed.
const prosodyIterations = 10000

// prosody prepares Debian's prosody with its default modules plus stream management, client state and rooms.
func prosody(_ context.Context, _ Variant, st site) (*exec.Cmd, error) {
	conf, err := render(st, "prosody.cfg.lua")
	if err != nil {
		return nil, err
	}
	if err := prosodyAccounts(st); err != nil {
		return nil, err
	}
	if st.Setup.SharedRoster {
		if err := prosodyGroup(st); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command("prosody", "-F", "--config", conf)
	cmd.Dir = st.Dir
	return cmd, nil
}

// prosodyAccounts writes the account files that mod_auth_internal_hashed reads: one file each in the folder
// data/HOST/accounts, hashed for SCRAM-SHA-1. All have one salt, so the key is derived once.
func prosodyAccounts(st site) error {
	const salt = "0b1e7e2c-6c8a-4a58-9a52-4d7d3f1f7c11"
	salted, err := pbkdf2.Key(sha1.New, password, []byte(salt), prosodyIterations, sha1.Size)
	if err != nil {
		return fmt.Errorf("hash password: %w", err)
	}
	sign := func(text string) []byte {
		m := hmac.New(sha1.New, salted)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	stored := sha1.Sum(sign("Client Key"))
	text := fmt.Sprintf("return {\n\t[\"stored_key\"] = \"%x\";\n\t[\"server_key\"] = \"%x\";\n\t[\"salt\"] = %q;\n"+
		"\t[\"iteration_count\"] = %d;\n};\n", stored, sign("Server Key"), salt, prosodyIterations)
	dir := filepath.Join(st.Dir, "data", strings.ReplaceAll(st.Domain, ".", "%2e"), "accounts")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("create accounts: %w", err)
	}
	for i := range st.Setup.Accounts {
		if err := os.WriteFile(filepath.Join(dir, scenario.User(i)+".dat"), []byte(text), 0o600); err != nil {
			return fmt.Errorf("create account: %w", err)
		}
	}
	return nil
}

// prosodyGroup writes the file of mod_groups, prosody's shared roster.
func prosodyGroup(st site) error {
	var b strings.Builder
	b.WriteString("[everybody]\n")
	for i := range st.Setup.Accounts {
		fmt.Fprintf(&b, "%s@%s=%s\n", scenario.User(i), st.Domain, scenario.User(i))
	}
	if err := os.WriteFile(filepath.Join(st.Dir, "groups.txt"), []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write shared roster: %w", err)
	}
	return nil
}

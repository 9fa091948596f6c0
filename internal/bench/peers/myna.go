package peers

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"myna/internal/bench/scenario"
)

// myna prepares a myna binary: configuration file, accounts by import, rooms by aliases with group chat. The command
// line opens the database itself while no server runs.
func myna(ctx context.Context, v Variant, st site) (*exec.Cmd, error) {
	binary, err := filepath.Abs(v.Binary)
	if err != nil {
		return nil, fmt.Errorf("find myna: %w", err)
	}
	// A build without the contacts module refuses the section, and older builds should stay comparable.
	doc, err := exec.CommandContext(ctx, binary, "config", "doc").CombinedOutput()
	if err != nil {
		return nil, fmt.Errorf("myna config doc: %w: %.300s", err, doc)
	}
	st.Contacts = bytes.Contains(doc, []byte("modules.contacts"))
	conf, err := render(st, "myna.toml")
	if err != nil {
		return nil, err
	}
	if err := os.Mkdir(filepath.Join(st.Dir, "data"), 0o700); err != nil {
		return nil, fmt.Errorf("create folder: %w", err)
	}
	accounts := filepath.Join(st.Dir, "accounts.csv")
	var b strings.Builder
	b.WriteString("address,name,department,password\n")
	for i := range st.Setup.Accounts {
		fmt.Fprintf(&b, "%s@%s,User %d,,%s\n", scenario.User(i), st.Domain, i, password)
	}
	if err := os.WriteFile(accounts, []byte(b.String()), 0o600); err != nil {
		return nil, fmt.Errorf("write accounts: %w", err)
	}
	run := func(args ...string) error {
		cmd := exec.CommandContext(ctx, binary, append([]string{"--config", conf}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("myna %s: %w: %s", strings.Join(args[:2], " "), err, out[max(0, len(out)-1000):])
		}
		return nil
	}
	if err := run("account", "import", accounts); err != nil {
		return nil, err
	}
	for k := range st.Setup.Rooms {
		args := []string{"alias", "create", scenario.Room(k) + "@" + st.Domain, "--group-chat"}
		if st.Setup.Quiet { // as groups for everybody are
			args = append(args, "--everyone", "--lead", scenario.User(k*st.Setup.Occupants)+"@"+st.Domain)
		}
		for j := range st.Setup.Occupants {
			args = append(args, "--target", scenario.User(k*st.Setup.Occupants+j)+"@"+st.Domain)
		}
		if err := run(args...); err != nil {
			return nil, err
		}
	}
	cmd := exec.Command(binary, "--config", conf, "serve")
	cmd.Dir = st.Dir
	return cmd, nil
}

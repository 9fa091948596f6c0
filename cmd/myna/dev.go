package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/config"
	"myna/storage"
)

// demoPerson is an account of the demo.
type demoPerson struct {
	Address  string       `json:"address"`
	Name     string       `json:"name"`
	Role     storage.Role `json:"role,omitempty"`
	Password string       `json:"password"`
}

func (c *cli) devCommand() *cobra.Command {
	var data string
	var trace bool
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run a demo on this machine: nothing to set up",
		Long: `Run a demo on this machine, on loopback only: the domain localhost, three accounts with passwords
that are printed, and an alias. A second start keeps everything. The demo's configuration is
myna.toml in its directory; change it as you like, or delete the directory to begin anew.
Ctrl-C ends it.`,
		Example: "  myna dev\n  myna dev --data /tmp/demo\n  myna dev --trace",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.dev(cmd.Context(), data, trace)
		},
	}
	cmd.Flags().StringVar(&data, "data", ".myna-dev", "`directory` of the demo")
	cmd.Flags().BoolVar(&trace, "trace", false, "print what clients send (>) and are sent (<), without passwords")
	return cmd
}

func (c *cli) dev(ctx context.Context, dir string, trace bool) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make demo: %w", err)
	}
	file := filepath.Join(dir, "myna.toml")
	if err := writeNew(file, []byte(demoConfig), 0o644); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make demo: %w", err)
	}
	c.file = file
	cfg, err := c.load()
	if err != nil {
		return err
	}
	if err := c.backend.certify(cfg); err != nil {
		return fmt.Errorf("make demo: %w", err)
	}
	people, first, err := demoPeople(cfg)
	if err != nil {
		return fmt.Errorf("make demo: %w", err)
	}
	if err := c.populate(ctx, cfg, people); err != nil {
		return fmt.Errorf("make demo: %w", err)
	}
	return c.serve(ctx, cfg, func(srv running) {
		c.welcome(srv, cfg, people, first)
		if trace {
			c.trace(srv)
		}
	})
}

const demoConfig = `# The demo's configuration, on loopback only. All options: myna config doc
hosts    = ["localhost"]
data_dir = "."

[listen]
c2s     = ["127.0.0.1:5222"]
c2s_tls = ["127.0.0.1:5223"]
s2s     = []
s2s_tls = []
http    = ["127.0.0.1:5280"]
https   = ["127.0.0.1:5443"]
public_url = "http://localhost:5280" # browsers need not trust the self-signed certificate either

[tls]
plaintext_loopback = true # a client on this machine need not trust the self-signed certificate
`

// demoPeople reads the demo's passwords, or makes them at the first start.
func demoPeople(cfg *config.Config) (people []demoPerson, first bool, err error) {
	file := cfg.Path("passwords.json")
	data, err := os.ReadFile(file)
	if err == nil {
		if err := json.Unmarshal(data, &people); err != nil {
			return nil, false, fmt.Errorf("read %s: %w; delete it to have new accounts made, or the directory to begin anew", nearby(file), err)
		}
		return people, false, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	domain := "@" + cfg.Hosts[0]
	people = []demoPerson{
		{"lan" + domain, "Nguyễn Thị Lan", storage.User, admin.GeneratePassword()},
		{"minh" + domain, "Trần Văn Minh", storage.User, admin.GeneratePassword()},
		{"admin" + domain, "Administrator", storage.ServerAdmin, admin.GeneratePassword()},
	}
	if data, err = json.MarshalIndent(people, "", "  "); err != nil {
		return nil, false, err
	}
	return people, true, writeNew(file, append(data, '\n'), 0o600)
}

// populate creates what the demo has and is not there yet.
func (c *cli) populate(ctx context.Context, cfg *config.Config, people []demoPerson) error {
	caller, end, err := c.connect(ctx, cfg)
	if err != nil {
		return err
	}
	if _, local := caller.(admin.Local); !local {
		return errors.Join(fmt.Errorf("a demo runs in %s already; stop it, or name another directory with --data", nearby(cfg.DataDir)), end())
	}
	err = func() error {
		r := admin.CreateAlias{Address: "sales@" + cfg.Hosts[0], AliasFields: admin.AliasFields{Name: "Sales"}}
		for _, p := range people {
			account := admin.CreateAccount{Address: p.Address, Name: p.Name, Role: p.Role, Password: p.Password}
			if err := once(caller.Call(ctx, "account.create", account, new(admin.CreatedAccount), nil)); err != nil {
				return err
			}
			if p.Role == storage.User {
				r.Targets = append(r.Targets, p.Address)
			}
		}
		return once(caller.Call(ctx, "alias.create", r, new(admin.Alias), nil))
	}()
	return errors.Join(err, end())
}

// once is no error for what is there already.
func once(err error) error {
	var refused *admin.Error
	if errors.As(err, &refused) && refused.Kind == admin.Conflict {
		return nil
	}
	return err
}

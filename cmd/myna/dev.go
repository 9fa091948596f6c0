package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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
myna.toml in its directory; change it as you like, or delete the directory to begin anew.`,
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
	if err := certificate(cfg); err != nil {
		return fmt.Errorf("make demo: %w", err)
	}
	people, err := demoPeople(cfg)
	if err != nil {
		return fmt.Errorf("make demo: %w", err)
	}
	if err := c.populate(ctx, cfg, people); err != nil {
		return fmt.Errorf("make demo: %w", err)
	}
	return c.serve(ctx, cfg, func(srv running) {
		c.welcome(cfg, people)
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

[tls]
plaintext_loopback = true # a client on this machine need not trust the self-signed certificate
`

// demoPeople reads the demo's passwords, or makes them at the first start.
func demoPeople(cfg *config.Config) ([]demoPerson, error) {
	file := cfg.Path("passwords.json")
	data, err := os.ReadFile(file)
	var people []demoPerson
	if err == nil {
		return people, json.Unmarshal(data, &people)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	domain := "@" + cfg.Hosts[0]
	people = []demoPerson{
		{"lan" + domain, "Nguyễn Thị Lan", storage.User, admin.GeneratePassword()},
		{"minh" + domain, "Trần Văn Minh", storage.User, admin.GeneratePassword()},
		{"admin" + domain, "Administrator", storage.ServerAdmin, admin.GeneratePassword()},
	}
	if data, err = json.MarshalIndent(people, "", "  "); err != nil {
		return nil, err
	}
	return people, writeNew(file, append(data, '\n'), 0o600)
}

// populate creates what the demo has and is not there yet.
func (c *cli) populate(ctx context.Context, cfg *config.Config, people []demoPerson) error {
	caller, end, err := c.connect(ctx, cfg)
	if err != nil {
		return err
	}
	if _, local := caller.(admin.Local); !local {
		return errors.Join(fmt.Errorf("a demo runs in %s already", cfg.DataDir), end())
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

// welcome prints how the demo is used.
func (c *cli) welcome(cfg *config.Config, people []demoPerson) {
	web := ""
	if len(cfg.Listen.HTTP) > 0 {
		web = "http://" + reachable(cfg.Listen.HTTP[0])
	}
	out := struct {
		Chat   string       `json:"chat,omitempty"`
		Admin  string       `json:"admin,omitempty"`
		C2S    []string     `json:"c2s"`
		C2STLS []string     `json:"c2s_tls"`
		People []demoPerson `json:"people"`
	}{C2S: cfg.Listen.C2S, C2STLS: cfg.Listen.C2STLS, People: people}
	if web != "" {
		out.Chat, out.Admin = web+"/", web+"/admin/"
	}
	_ = c.print(out, func(w io.Writer) { // the server runs: a terminal that is gone does not end it
		fmt.Fprintf(w, "\nMyna runs. Ctrl-C stops it; the next start keeps everything (%s).\n\n", cfg.DataDir)
		facts(w, "Chat", out.Chat, "Admin page", out.Admin, "Clients", words(append(cfg.Listen.C2S, cfg.Listen.C2STLS...)...)+" (direct TLS)")
		fmt.Fprintln(w)
		rows := make([][]string, len(people))
		for i, p := range people {
			rows[i] = []string{p.Address, p.Password, p.Name}
		}
		table(w, "", []string{"ADDRESS", "PASSWORD", "NAME"}, rows)
		fmt.Fprintf(w, `
Try:
  * Sign in as lan and as minh with two clients (server 127.0.0.1): each has the other in the list.
  * %[1]s alias set sales@%[2]s --group-chat     and look at both clients
  * %[1]s group show sales@%[2]s
  * %[1]s account create chi@%[2]s --generate-password

`, c.name+" --config "+c.file, cfg.Hosts[0])
	})
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"myna/account"
	"myna/admin"
	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// setUp is what init was asked for.
type setUp struct {
	domain, admin, data, server string
	stdin                       bool // the password comes from standard input; else it is made
}

func (c *cli) initCommand() *cobra.Command {
	var s setUp
	cmd := &cobra.Command{
		Use:   "init DOMAIN --admin NAME",
		Short: "Set up a new server: configuration, keys and the first administrator",
		Long: `Set up a new server for a mail domain: write the configuration file, make a self-signed
certificate to begin with, create the first administrator with a password that is printed once (or
read with --password-stdin), and print the DNS records and what to do next. Nothing that exists is
changed: neither a configuration, nor keys, nor an account with its password.`,
		Example: `  myna init example.com --admin lan
  myna --config ./myna.toml init example.com --admin lan --data ./data --server chat.example.com
  myna init example.com --admin lan --password-stdin < secret`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if s.admin == "" {
				return usage(cmd, "who shall administer the server? Give --admin NAME")
			}
			domain, err := mailDomain(args[0])
			if err != nil {
				return usage(cmd, "%v", err)
			}
			s.domain = domain
			name, _, _ := strings.Cut(s.admin, "@"+domain)
			who, err := xmpp.NewJID(name, domain, "")
			if err != nil || who.Local() == "" {
				return usage(cmd, "%q cannot be the name of an account; give the part before the @, such as lan", s.admin)
			}
			return c.init(cmd.Context(), s, who)
		},
	}
	cmd.Flags().StringVar(&s.admin, "admin", "", "`name` of the first administrator: the part before the @")
	cmd.Flags().StringVar(&s.data, "data", "/var/lib/myna", "`directory` of the database, the files and the keys")
	cmd.Flags().BoolVar(&s.stdin, "password-stdin", false, "read the administrator's password from standard input, one line")
	cmd.Flags().StringVar(&s.server, "server", "", "`name` of the machine, for the DNS records (default: DOMAIN)")
	return cmd
}

// initialised is what init has made.
type initialised struct {
	Config      string   `json:"config"`
	DataDir     string   `json:"data_dir"`
	Certificate identity `json:"certificate"`
	Admin       string   `json:"admin"`
	Kept        bool     `json:"kept,omitempty"`     // the administrator was there already and is as before
	Password    string   `json:"password,omitempty"` // where it was made
	DNS         []string `json:"dns"`
}

func (c *cli) init(ctx context.Context, s setUp, who xmpp.JID) error {
	file := c.configFile()
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return c.initialisedBefore(file)
	}
	data, err := filepath.Abs(s.data)
	if err != nil {
		return fmt.Errorf("find %s: %w", s.data, err)
	}
	text := initialConfig(s.domain, data)
	cfg, err := config.Parse("", text)
	if err != nil {
		return err
	}
	password := ""
	if s.stdin {
		if password, err = c.passwordLine(); err != nil {
			return err
		}
		if err := account.DefaultConfig().Acceptable(who, password); err != nil {
			return fmt.Errorf("%w; nothing was made", err)
		}
	}
	// The configuration comes first: where it cannot be written, no account is made whose password nobody is told.
	if err := writeNew(file, text, 0o644); err != nil {
		return fmt.Errorf("write configuration: %w; nothing was made. Name a file that can be written with --config", err)
	}
	out := initialised{Config: file, DataDir: data, Admin: who.String()}
	if out.Password, out.Kept, err = c.prepare(ctx, cfg, who, password); err == nil {
		out.Certificate, err = identityOf(cfg)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file))
	}
	if s.server == "" {
		s.server = s.domain
	}
	out.DNS = c.dnsRecords(cfg, s.server)
	return c.print(out, func(w io.Writer) { c.nextSteps(w, cfg, out) })
}

// initialisedBefore says that init has nothing to do.
func (c *cli) initialisedBefore(file string) error {
	of := ""
	if cfg, err := c.load(); err == nil {
		of = " (for " + strings.Join(cfg.Hosts, ", ") + ")"
	}
	return fmt.Errorf("%s exists already%s; nothing was changed. Start the server with myna serve, or name another file with --config", file, of)
}

// prepare makes the data directory with certificate, database and first administrator. An account that is there already
// is kept as it is.
func (c *cli) prepare(ctx context.Context, cfg *config.Config, who xmpp.JID, password string) (made string, kept bool, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return "", false, fmt.Errorf("make data directory: %w", err)
	}
	if err := c.backend.certify(cfg); err != nil {
		return "", false, err
	}
	caller, end, err := c.connectAs(ctx, cfg)
	if err != nil {
		return "", false, err
	}
	defer func() { err = errors.Join(err, end(), giveToOwner(cfg.DataDir)) }()
	var out admin.CreatedAccount
	r := admin.CreateAccount{Address: who.String(), Role: storage.ServerAdmin, Password: password, Generate: password == ""}
	err = caller.Call(ctx, "account.create", r, &out, nil)
	var refused *admin.Error
	switch {
	case !errors.As(err, &refused) || refused.Kind != admin.Conflict:
		return out.Password, false, err
	case password != "":
		return "", false, fmt.Errorf("%s exists already in %s and keeps its password; nothing was changed. "+
			"Run init without --password-stdin, then: myna account password %s", who, cfg.DataDir, who)
	}
	return "", true, caller.Call(ctx, "account.show", admin.Identified{Address: who.String()}, new(admin.AccountDetail), nil)
}

func initialConfig(domain, data string) []byte {
	return fmt.Appendf(nil, `# Myna's configuration. All options, with their defaults: myna config doc
hosts    = [%q]
data_dir = %q

[tls] # relative names start at data_dir
cert = "cert.pem"
key  = "key.pem"
`, domain, data)
}

// writeNew writes a file that does not exist.
func writeNew(file string, data []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Sync(), f.Close())
}

func (c *cli) nextSteps(w io.Writer, cfg *config.Config, out initialised) {
	domain, myna := cfg.Hosts[0], c.self()
	what := ""
	if out.Certificate.SelfSigned {
		what = " (self-signed)"
	}
	facts(w, "Configuration", out.Config, "Data", out.DataDir, "Certificate", out.Certificate.File+what,
		"SHA-256", out.Certificate.Fingerprint, "Administrator", out.Admin, "Password", out.Password)
	switch {
	case out.Kept:
		fmt.Fprintf(w, `
%[2]s was there already: it keeps its password and its rights. To change them:
  %[1]s account password %[2]s
  %[1]s account set %[2]s --admin server
`, myna, out.Admin)
	case out.Password != "":
		fmt.Fprintf(w, "\nThe password is not shown again.\n")
	}
	fmt.Fprintf(w, "\nDNS records:\n\n")
	for _, r := range out.DNS {
		fmt.Fprintf(w, "  %s\n", r)
	}
	fmt.Fprintf(w, `
Next:
  1. Set the DNS records. For clients in browsers, have https://%[1]s/.well-known/host-meta and
     host-meta.json answered by this server (port 5443): a redirect or a proxy on the web server.
  2. Replace the self-signed certificate by one for %[1]s, %[2]s,
     %[3]s and %[4]s (then: %[5]s reload).
  3. Start the server:    %[5]s serve
  4. Add people:          %[5]s account create minh@%[1]s --name "Minh"
  5. Make a group:        %[5]s alias create team@%[1]s --everyone --group-chat
  6. Look after it:       %[5]s doctor
`, domain, cfg.GroupsHost(domain), cfg.UploadHost(domain), cfg.PubSubHost(domain), myna)
}

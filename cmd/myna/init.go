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

	"myna/admin"
	"myna/config"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/transport"
)

// setUp is what init was asked for.
type setUp struct {
	domain, admin, data, server string
}

func (c *cli) initCommand() *cobra.Command {
	var s setUp
	cmd := &cobra.Command{
		Use:   "init DOMAIN --admin NAME",
		Short: "Set up a new server: configuration, keys and the first administrator",
		Long: `Set up a new server for a mail domain: write the configuration file, make a self-signed
certificate to begin with, create the first administrator with a password that is printed once, and
print the DNS records and what to do next. Nothing that exists is overwritten.`,
		Example: `  myna init example.com --admin lan
  myna --config ./myna.toml init example.com --admin lan --data ./data --server chat.example.com`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			s.domain = args[0]
			if s.admin == "" {
				return usage(cmd, "who shall administer the server? Give --admin NAME")
			}
			return c.init(cmd.Context(), s)
		},
	}
	cmd.Flags().StringVar(&s.admin, "admin", "", "`name` of the first administrator: the part before the @")
	cmd.Flags().StringVar(&s.data, "data", "/var/lib/myna", "`directory` of the database, the files and the keys")
	cmd.Flags().StringVar(&s.server, "server", "", "`name` of the machine, for the DNS records (default: DOMAIN)")
	return cmd
}

// initialised is what init has made.
type initialised struct {
	Config      string   `json:"config"`
	DataDir     string   `json:"data_dir"`
	Certificate string   `json:"certificate"`
	Admin       string   `json:"admin"`
	Password    string   `json:"password"`
	DNS         []string `json:"dns"`
}

func (c *cli) init(ctx context.Context, s setUp) error {
	file := c.configFile()
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s exists already; init never overwrites. Name another file with --config", file)
	}
	data, err := filepath.Abs(s.data)
	if err != nil {
		return fmt.Errorf("find %s: %w", s.data, err)
	}
	cfg, err := config.Parse("", initialConfig(s.domain, data))
	if err != nil {
		return err
	}
	domain := cfg.Hosts[0]
	name, _, _ := strings.Cut(s.admin, "@"+domain)
	who, err := xmpp.NewJID(name, domain, "")
	if err != nil || who.Local() == "" {
		return fmt.Errorf("%q cannot be the name of an account; give the part before the @, such as lan", s.admin)
	}
	password, err := c.prepare(ctx, cfg, who)
	if err != nil {
		return err
	}
	if err := writeNew(file, initialConfig(domain, data), 0o644); err != nil {
		return fmt.Errorf("write configuration (the data in %s is ready; run init again with a --config that can be written): %w", data, err)
	}
	if s.server == "" {
		s.server = domain
	}
	out := initialised{Config: file, DataDir: data, Certificate: cfg.Path(cfg.TLS.Cert), Admin: who.String(), Password: password,
		DNS: dnsRecords(cfg, s.server)}
	return c.print(out, func(w io.Writer) { c.nextSteps(w, cfg, out) })
}

// prepare makes the data directory with certificate, database and first administrator. Where it was made before, by an
// init that failed later, the administrator gets a new password.
func (c *cli) prepare(ctx context.Context, cfg *config.Config, who xmpp.JID) (password string, err error) {
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return "", fmt.Errorf("make data directory: %w", err)
	}
	if err := certificate(cfg); err != nil {
		return "", err
	}
	caller, end, err := c.connectAs(ctx, cfg)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, end(), giveToOwner(cfg.DataDir)) }()
	var made admin.CreatedAccount
	err = caller.Call(ctx, "account.create", admin.CreateAccount{Address: who.String(), Role: storage.ServerAdmin, Generate: true}, &made, nil)
	var refused *admin.Error
	if !errors.As(err, &refused) || refused.Kind != admin.Conflict {
		return made.Password, err
	}
	role := storage.ServerAdmin
	var set admin.PasswordSet
	err = caller.Call(ctx, "account.set", admin.SetAccount{Address: who.String(), Role: &role}, new(admin.Account), nil)
	if err == nil {
		err = caller.Call(ctx, "account.password", admin.SetPassword{Address: who.String(), Generate: true}, &set, nil)
	}
	return set.Password, err
}

// certificate makes a self-signed certificate for all hosts and services where there is none.
func certificate(cfg *config.Config) error {
	var names []string
	for _, h := range cfg.Hosts {
		names = append(names, h, cfg.GroupsHost(h), cfg.UploadHost(h), cfg.PubSubHost(h))
	}
	err := transport.WriteSelfSigned(cfg.Path(cfg.TLS.Cert), cfg.Path(cfg.TLS.Key), names...)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
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
	domain := cfg.Hosts[0]
	facts(w, "Configuration", out.Config, "Data", out.DataDir, "Certificate", out.Certificate+" (self-signed)",
		"Administrator", out.Admin, "Password", out.Password)
	fmt.Fprintf(w, "\nThe password is not shown again.\n\nDNS records:\n\n")
	for _, r := range out.DNS {
		fmt.Fprintf(w, "  %s\n", r)
	}
	myna := c.name
	if out.Config != defaultConfig {
		myna += " --config " + out.Config
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

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/config"
)

// finding is what one check has found.
type finding struct {
	State string `json:"state"` // "ok", "warning", "wrong"
	What  string `json:"what"`
	Text  string `json:"text"`
}

// doctor collects findings.
type doctor struct {
	cfg      *config.Config
	services func(*config.Config) []service // DNS records to look for
	list     []finding
}

func (d *doctor) ok(what, format string, args ...any) {
	d.list = append(d.list, finding{"ok", what, fmt.Sprintf(format, args...)})
}

func (d *doctor) warn(what, format string, args ...any) {
	d.list = append(d.list, finding{"warning", what, fmt.Sprintf(format, args...)})
}

func (d *doctor) wrong(what, format string, args ...any) {
	d.list = append(d.list, finding{"wrong", what, fmt.Sprintf(format, args...)})
}

func (c *cli) doctorCommand() *cobra.Command {
	var noDNS bool
	cmd := &cobra.Command{
		Use:     "doctor",
		Short:   "Check configuration, data, certificates, ports and DNS, and say what to do",
		Example: "  myna doctor\n  myna doctor --no-dns --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			d := doctor{services: c.services}
			var err error
			if d.cfg, err = c.load(); err != nil {
				d.wrong("configuration", "%v", err)
			} else {
				d.ok("configuration", "%s is right", d.cfg.File())
				d.data()
				d.certificates()
				d.ports()
				if !noDNS {
					d.dns(cmd.Context())
				}
			}
			return c.diagnosis(d.list)
		},
	}
	cmd.Flags().BoolVar(&noDNS, "no-dns", false, "do not look into the DNS")
	return cmd
}

func (c *cli) diagnosis(list []finding) error {
	wrong := 0
	rows := make([][]string, len(list))
	for i, f := range list {
		if f.State == "wrong" {
			wrong++
		}
		list[i].Text = c.commands(f.Text)
		rows[i] = []string{f.State, f.What, list[i].Text}
	}
	if err := c.print(list, func(w io.Writer) { table(w, "", []string{"STATE", "WHAT", "FOUND"}, rows) }); err != nil {
		return err
	}
	if wrong > 0 {
		return fmt.Errorf("%s wrong", count(wrong, "thing is", "things are"))
	}
	return nil
}

func (d *doctor) data() {
	dir := d.cfg.DataDir
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		d.wrong("data", "%v; myna init makes it", err)
		return
	case !info.IsDir():
		d.wrong("data", "%s is no directory", dir)
		return
	case info.Mode().Perm()&0o007 != 0:
		d.warn("data", "%s can be read by everybody; do: chmod 700 %s", dir, dir)
	}
	f, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		d.wrong("data", "%s cannot be written by this user: %v", dir, err)
		return
	}
	if err := errors.Join(f.Close(), os.Remove(f.Name())); err != nil {
		d.wrong("data", "%v", err)
		return
	}
	d.ok("data", "%s can be written", dir)
}

// certificates checks the one file. With cert_dir the server itself says at the start what it has found.
func (d *doctor) certificates() {
	t := &d.cfg.TLS
	if t.CertDir != "" {
		if _, err := os.ReadDir(d.cfg.Path(t.CertDir)); err != nil {
			d.wrong("certificate", "%v", err)
		} else {
			d.ok("certificate", "%s is a directory", d.cfg.Path(t.CertDir))
		}
		return
	}
	pair, err := tls.LoadX509KeyPair(d.cfg.Path(t.Cert), d.cfg.Path(t.Key))
	if err != nil {
		d.wrong("certificate", "%v", err)
		return
	}
	leaf := pair.Leaf
	if info, err := os.Stat(d.cfg.Path(t.Key)); err == nil && info.Mode().Perm()&0o077 != 0 {
		d.warn("certificate", "the key can be read by others; do: chmod 600 %s", d.cfg.Path(t.Key))
	}
	left := time.Until(leaf.NotAfter)
	switch {
	case left <= 0:
		d.wrong("certificate", "it ended on %s; renew it and do: myna reload", leaf.NotAfter.Format("2 January 2006"))
	case left < 14*24*time.Hour:
		d.warn("certificate", "it ends on %s; renew it and do: myna reload", leaf.NotAfter.Format("2 January 2006"))
	default:
		d.ok("certificate", "valid until %s", leaf.NotAfter.Format("2 January 2006"))
	}
	if selfSigned(leaf) {
		d.warn("certificate", "it is self-signed: clients ask people whether they trust it, other servers refuse it")
	}
	d.certified(leaf)
}

func (d *doctor) certified(leaf *x509.Certificate) {
	for _, h := range d.cfg.Hosts {
		if err := leaf.VerifyHostname(h); err != nil {
			d.wrong("certificate", "it is not for %s (but for %s)", h, strings.Join(leaf.DNSNames, ", "))
		}
		for _, s := range []string{d.cfg.GroupsHost(h), d.cfg.UploadHost(h), d.cfg.PubSubHost(h)} {
			if err := leaf.VerifyHostname(s); err != nil {
				d.warn("certificate", "it is not for %s; other servers cannot reach that", s)
			}
		}
	}
}

// ports connects to a running server, or tries whether it could listen.
func (d *doctor) ports() {
	client, err := admin.Dial(d.cfg.Path(d.cfg.Listen.AdminSocket))
	runs := err == nil
	switch {
	case runs:
		_ = client.Close()
		d.ok("server", "it runs")
	case errors.Is(err, admin.ErrNotRunning):
		d.warn("server", "it does not run; start it with: myna serve")
	default:
		d.warn("server", "%v", err)
		return
	}
	l := &d.cfg.Listen
	for _, k := range []struct {
		key   string
		addrs []string
	}{{"c2s", l.C2S}, {"c2s_tls", l.C2STLS}, {"http", l.HTTP}, {"https", l.HTTPS}} {
		for _, a := range k.addrs {
			d.port(k.key, a, runs)
		}
	}
}

func (d *doctor) port(key, address string, runs bool) {
	what := "port " + key
	if !runs {
		l, err := net.Listen("tcp", address)
		if err != nil {
			d.wrong(what, "%v", err)
			return
		}
		_ = l.Close()
		d.ok(what, "%s is free", address)
		return
	}
	conn, err := net.DialTimeout("tcp", reachable(address), 3*time.Second)
	if err != nil {
		d.wrong(what, "%v", err)
		return
	}
	_ = conn.Close()
	d.ok(what, "%s answers", address)
}

// reachable is where a listener can be reached from this machine.
func reachable(address string) string {
	host, port, err := net.SplitHostPort(address)
	if ip := net.ParseIP(host); err == nil && (host == "" || ip != nil && ip.IsUnspecified()) {
		return net.JoinHostPort("localhost", port)
	}
	return address
}

func (d *doctor) dns(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	for _, s := range d.services(d.cfg) {
		what := "dns _" + s.name + "._tcp." + s.owner
		target, err := lookUp(ctx, s)
		if err != nil {
			d.warn(what, "%v; %s need it: SRV 5 1 %d and this machine's name", err, s.why, s.port)
			continue
		}
		d.ok(what, "%s", target)
	}
}

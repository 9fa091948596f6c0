package digest

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// TestMain makes a certificate that this process trusts, and one that it does not: what the system trusts is read once.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "digest-")
	if err == nil {
		file := filepath.Join(dir, "roots.pem")
		if err = os.WriteFile(file, trusted().pem(), 0o600); err == nil {
			err = os.Setenv("SSL_CERT_FILE", file)
		}
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// trusted is the certificate that this process trusts.
var trusted = sync.OnceValue(newCertificate)

// certificate is one for 127.0.0.1, signed by itself.
type certificate struct{ tls.Certificate }

func (c certificate) pem() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate.Certificate[0]})
}

func newCertificate() certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, &key.PublicKey, key)
	if err != nil {
		panic(err)
	}
	return certificate{tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}
}

// post is a mail relay of another make, which wants to know who sends.
type post struct {
	mails chan string
}

func (p *post) NewSession(*smtp.Conn) (smtp.Session, error) { return &letter{post: p}, nil }

// letter is one session of it.
type letter struct {
	*post
	signed bool
	to     string
}

func (l *letter) AuthMechanisms() []string { return []string{sasl.Plain} }
func (l *letter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if l.signed = user == "chat" && password == "a pencil"; !l.signed {
			return errors.New("wrong password")
		}
		return nil
	}), nil
}
func (l *letter) Mail(string, *smtp.MailOptions) error {
	if !l.signed {
		return smtp.ErrAuthRequired
	}
	return nil
}
func (l *letter) Rcpt(to string, _ *smtp.RcptOptions) error { l.to = to; return nil }
func (l *letter) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	l.mails <- l.to + "\n" + string(text)
	return err
}
func (l *letter) Reset()        {}
func (l *letter) Logout() error { return nil }

// open starts the relay and returns its address.
func (p *post) open(t *testing.T, c *certificate, implicit bool) string {
	t.Helper()
	s := smtp.NewServer(p)
	s.Domain, s.ErrorLog = "relay.example", log.New(io.Discard, "", 0) // connections may end after the test
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if c != nil {
		s.TLSConfig = &tls.Config{Certificates: []tls.Certificate{c.Certificate}}
	}
	address := l.Addr().String()
	if implicit {
		l = tls.NewListener(l, s.TLSConfig)
	}
	done := make(chan error, 1)
	go func() { done <- s.Serve(l) }()
	t.Cleanup(func() {
		_ = s.Close()
		if err := <-done; err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Error(err)
		}
	})
	return address
}

// TestRelayOverTLS: the server signs in at a relay of another make over TLS, from the start (RFC 8314 § 3.3) or by STARTTLS
// (RFC 3207), and sends nothing, neither mail nor password, where it cannot be sure to whom.
func TestRelayOverTLS(t *testing.T) {
	good, foreign := trusted(), newCertificate()
	for name, c := range map[string]struct {
		certificate *certificate
		implicit    bool
		how         string
		password    string
		want        string // of the error; "": the mail arrives
	}{
		"starttls":                     {&good, false, StartTLS, "a pencil", ""},
		"tls":                          {&good, true, TLS, "a pencil", ""},
		"wrong password":               {&good, false, StartTLS, "a pen", "AUTH"},
		"no starttls":                  {nil, false, StartTLS, "a pencil", "STARTTLS"},
		"a stranger's certificate":     {&foreign, false, StartTLS, "a pencil", "certificate"},
		"a stranger's, from the start": {&foreign, true, TLS, "a pencil", "certificate"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &post{mails: make(chan string, 9)}
			cfg := DefaultConfig()
			cfg.Relay, cfg.RelayTLS, cfg.RelayUser, cfg.PasswordFile = p.open(t, c.certificate, c.implicit), c.how, "chat", "secret"
			password := func(file string) (string, error) {
				if file != "secret" {
					t.Errorf("the password is read from %q", file)
				}
				return c.password, nil
			}
			m := &Mail{From: "noreply@example.com", To: "lan@example.com", Name: "Lan Nguyễn", Lang: "vi", Subject: "Tin nhắn mới", Text: "Xin chào Lan,\n"}
			err := Relay(context.Background(), &cfg, password, m)
			if c.want != "" {
				if err == nil || !strings.Contains(err.Error(), c.want) || len(p.mails) > 0 {
					t.Errorf("%d mails, %v, want an error with %q", len(p.mails), err, c.want)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			text := <-p.mails
			for _, part := range []string{"lan@example.com\n", "Auto-Submitted: auto-generated", "Content-Language: vi", "charset=UTF-8", "Subject: =?UTF-8?"} {
				if !strings.Contains(text, part) {
					t.Errorf("no %q in\n%s", part, text)
				}
			}
		})
	}
}

// TestRelayWithoutPassword: a password that cannot be read is an error, and the relay is not even called.
func TestRelayWithoutPassword(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Relay, cfg.RelayUser = "127.0.0.1:1", "chat"
	gone := errors.New("no such file")
	err := Relay(context.Background(), &cfg, func(string) (string, error) { return "", gone }, &Mail{From: "a@example.com", To: "b@example.com"})
	if !errors.Is(err, gone) {
		t.Errorf("%v", err)
	}
}

package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func testCertificates(t testing.TB) *Certificates {
	t.Helper()
	dir := t.TempDir()
	f := Files{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if err := WriteSelfSigned(f.Cert, f.Key, "example.com", "groups.example.com", "127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	c, err := LoadCertificates(f)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestSelfSigned(t *testing.T) {
	leaf := testCertificates(t).For("example.com").Leaf
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	for _, name := range []string{"example.com", "groups.example.com", "127.0.0.1"} {
		if _, err := leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	dir := filepath.Join(t.TempDir(), "new")
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if err := WriteSelfSigned(cert, key, "example.com"); err != nil {
		t.Fatal(err)
	}
	before, _ := os.ReadFile(key)
	for _, file := range []string{cert, key} {
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", file, info.Mode(), err)
		}
	}
	if err := WriteSelfSigned(cert, key, "example.com"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an existing key: %v", err)
	}
	if err := WriteSelfSigned(cert, filepath.Join(dir, "other.pem"), "example.com"); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over an existing certificate: %v", err)
	}
	if after, _ := os.ReadFile(key); string(after) != string(before) {
		t.Error("the key was replaced")
	}
	if _, err := os.Stat(filepath.Join(dir, "other.pem")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key without its certificate stays: %v", err)
	}
	if _, _, err := SelfSigned(); err == nil {
		t.Error("a certificate for nobody")
	}
}

func TestCertificatesByHost(t *testing.T) {
	dir := t.TempDir()
	write := func(folder, cert, key string, names ...string) {
		t.Helper()
		if err := WriteSelfSigned(filepath.Join(dir, folder, cert), filepath.Join(dir, folder, key), names...); err != nil {
			t.Fatal(err)
		}
	}
	write("b.example", "fullchain.pem", "privkey.pem", "b.example", "*.b.example", "shared.example")
	write("a.example", "cert.pem", "key.pem", "a.example", "shared.example")
	write("c.example", "cert.pem", "key.pem", "unrelated.example")
	if err := os.WriteFile(filepath.Join(dir, "README"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	certs, err := LoadCertificates(Files{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"a.example": "a.example", "A.Example.": "a.example", "b.example": "b.example", "groups.b.example": "b.example",
		"x.groups.b.example": "a.example", "c.example": "unrelated.example", "unrelated.example": "unrelated.example",
		"shared.example": "a.example", "nowhere.example": "a.example", "": "a.example",
	} {
		if got := certs.For(host).Leaf.Subject.CommonName; got != want {
			t.Errorf("%q gets the certificate of %s, want %s", host, got, want)
		}
	}
	before := certs.Config(Clients)
	if err := os.Mkdir(filepath.Join(dir, "empty.example"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := certs.Load(Files{Dir: dir}); err == nil || certs.Config(Clients) != before {
		t.Errorf("a folder without a certificate: %v", err)
	}
	if _, err := LoadCertificates(Files{}); err == nil {
		t.Error("no certificates at all")
	}
}

// TestHandshakes checks ALPN, the chosen certificate, tickets and what changes with a reload.
func TestHandshakes(t *testing.T) {
	dir := t.TempDir()
	files := Files{Cert: filepath.Join(dir, "cert.pem"), Key: filepath.Join(dir, "key.pem")}
	if err := WriteSelfSigned(files.Cert, files.Key, "example.com"); err != nil {
		t.Fatal(err)
	}
	certs, err := LoadCertificates(files)
	if err != nil {
		t.Fatal(err)
	}
	l, conns := serve(t, Options{TLS: certs.ConfigFunc(ClientsDirect), Direct: true})
	cache := tls.NewLRUClientSessionCache(4)
	connect := func(version uint16, alpn ...string) (*Conn, tls.ConnectionState, error) {
		t.Helper()
		peer := tls.Client(dial(t, l), &tls.Config{InsecureSkipVerify: true, ServerName: "example.com", NextProtos: alpn,
			MaxVersion: version, ClientSessionCache: cache})
		if err := peer.Handshake(); err != nil {
			return nil, tls.ConnectionState{}, err
		}
		server := <-conns
		if _, err := server.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if _, err := peer.Read(make([]byte, 1)); err != nil { // takes the ticket on the way
			t.Fatal(err)
		}
		return server, peer.ConnectionState(), nil
	}
	for _, c := range []struct {
		name    string
		version uint16
		alpn    []string
		resumed bool
	}{
		{"xmpp-client", tls.VersionTLS13, []string{"xmpp-client"}, false},
		{"resumed", tls.VersionTLS13, []string{"xmpp-client", "h2"}, true},
		{"TLS 1.2", tls.VersionTLS12, []string{"xmpp-client"}, false},
		{"TLS 1.2 resumed", tls.VersionTLS12, []string{"xmpp-client"}, true},
		{"no ALPN", tls.VersionTLS12, nil, true},
	} {
		server, state, err := connect(c.version, c.alpn...)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if state.DidResume != c.resumed || (len(c.alpn) > 0) != (server.TLS().NegotiatedProtocol == "xmpp-client") {
			t.Errorf("%s: resumed %v, protocol %q", c.name, state.DidResume, server.TLS().NegotiatedProtocol)
		}
		if !server.Certificate().Equal(state.PeerCertificates[0]) {
			t.Errorf("%s: not the certificate that the client saw", c.name)
		}
	}
	if _, _, err := connect(tls.VersionTLS13, "h2"); err == nil {
		t.Error("a client of another protocol was accepted")
	}
	if _, _, err := connect(tls.VersionTLS11); err == nil {
		t.Error("TLS 1.1 was accepted")
	}
	old := certs.For("").Leaf
	os.Remove(files.Cert)
	os.Remove(files.Key)
	if err := WriteSelfSigned(files.Cert, files.Key, "example.com"); err != nil {
		t.Fatal(err)
	}
	if err := certs.Load(files); err != nil {
		t.Fatal(err)
	}
	server, state, err := connect(tls.VersionTLS13, "xmpp-client")
	if err != nil {
		t.Fatal(err)
	}
	if state.DidResume || state.PeerCertificates[0].Equal(old) || !server.Certificate().Equal(state.PeerCertificates[0]) {
		t.Errorf("after the reload: resumed %v", state.DidResume)
	}
}

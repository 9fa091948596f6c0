package account

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// client is the client's side of SCRAM-SHA-256 with every part in the hands of the test.
type client struct {
	gs2      string // header with its last comma
	user     string // encoded
	password string
	bindings []byte // data behind the header in c=
	bare     string // client-first-message-bare in place of the usual
	mangle   func(final string) string
	heard    func(challenge string) string // what arrives in place of a challenge
}

func (c client) first() string {
	if c.bare == "" {
		c.bare = "n=" + c.user + ",r=clientnonce"
	}
	return c.gs2 + c.bare
}

func (c client) final(t testing.TB, challenge []byte) (message, verifier string) {
	t.Helper()
	if c.heard != nil {
		challenge = []byte(c.heard(string(challenge)))
	}
	parts := strings.Split(string(challenge), ",")
	if len(parts) < 3 {
		t.Fatalf("challenge %q", challenge)
	}
	salt, err := base64.StdEncoding.DecodeString(parts[1][2:])
	if err != nil {
		t.Fatal(err)
	}
	iterations, err := strconv.Atoi(parts[2][2:])
	if err != nil {
		t.Fatal(err)
	}
	mac := func(key []byte, text string) []byte {
		m := hmac.New(sha256.New, key)
		m.Write([]byte(text))
		return m.Sum(nil)
	}
	salted, err := pbkdf2.Key(sha256.New, c.password, salt, iterations, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	without := "c=" + base64.StdEncoding.EncodeToString(append([]byte(c.gs2), c.bindings...)) + "," + parts[0]
	auth := strings.TrimPrefix(c.first(), c.gs2) + "," + string(challenge) + "," + without
	key := mac(salted, "Client Key")
	stored := sha256.Sum256(key)
	proof := mac(stored[:], auth)
	for i := range proof {
		proof[i] ^= key[i]
	}
	message = without + ",p=" + base64.StdEncoding.EncodeToString(proof)
	if c.mangle != nil {
		message = c.mangle(message)
	}
	return message, "v=" + base64.StdEncoding.EncodeToString(mac(mac(salted, "Server Key"), auth))
}

// run plays the client against x and returns what Step failed with.
func (c client) run(t testing.TB, x *Exchange) error {
	t.Helper()
	challenge, done, err := x.Step(t.Context(), []byte(c.first()))
	if err != nil {
		return err
	}
	if done || !x.JID().IsZero() {
		t.Fatal("signed in after the first message")
	}
	message, verifier := c.final(t, challenge)
	data, done, err := x.Step(t.Context(), []byte(message))
	if err != nil {
		if !x.JID().IsZero() {
			t.Errorf("failed with %v, but %s is signed in", err, x.JID())
		}
		return err
	}
	if !done || string(data) != verifier {
		t.Errorf("done %v with %q, want %q", done, data, verifier)
	}
	return nil
}

// secure makes a TLS connection of the version and returns both ends' views of it.
func secure(t testing.TB, version uint16, edit func(server *tls.Config)) (server Channel, client tls.ConnectionState) {
	t.Helper()
	cert := testCertificate(t)
	conf := &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: version}
	if edit != nil {
		edit(conf)
	}
	a, b := net.Pipe()
	t.Cleanup(func() { a.Close(); b.Close() })
	s, c := tls.Server(a, conf), tls.Client(b, &tls.Config{InsecureSkipVerify: true})
	failed := make(chan error, 1)
	go func() { failed <- s.Handshake() }()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	// TLS 1.3's tickets are written by the end of the server's handshake.
	go c.Read(make([]byte, 1))
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
	state := s.ConnectionState()
	return Channel{TLS: &state, Certificate: cert.Leaf}, c.ConnectionState()
}

func testCertificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{domain}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
}

// exported is the client's tls-exporter data, computed without the code under test.
func exported(t testing.TB, c tls.ConnectionState) []byte {
	t.Helper()
	data, err := c.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// endPoint is the client's tls-server-end-point data for a certificate signed with SHA-256.
func endPoint(c tls.ConnectionState) []byte {
	sum := sha256.Sum256(c.PeerCertificates[0].Raw)
	return bytes.Clone(sum[:])
}

func (h house) begin(t testing.TB, mechanism string, c Channel) *Exchange {
	t.Helper()
	x, err := h.Begin(Attempt{Domain: domain, Mechanism: mechanism, Channel: c})
	if err != nil {
		t.Fatal(fmt.Errorf("%s: %w", mechanism, err))
	}
	return x
}

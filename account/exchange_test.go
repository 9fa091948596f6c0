package account

import (
	"crypto/tls"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"mellium.im/sasl"

	"myna/storage"
	"myna/xmpp"
)

// TestMellium signs in with mellium's client: an implementation that shares no code with ours.
func TestMellium(t *testing.T) {
	h := newHouse(t, nil)
	channel, state := secure(t, tls.VersionTLS13, nil)
	offered := h.Mechanisms(domain, xmpp.JID{}, channel)
	for _, m := range []sasl.Mechanism{sasl.ScramSha1, sasl.ScramSha1Plus, sasl.ScramSha256, sasl.ScramSha256Plus, sasl.Plain} {
		for password, want := range map[string]Condition{"xin chào": "", "wrong": NotAuthorized} {
			peer := sasl.NewClient(m, sasl.TLSState(state), sasl.RemoteMechanisms(offered...),
				sasl.Credentials(func() (user, pass, identity []byte) { return []byte("lan"), []byte(password), nil }))
			x := h.begin(t, m.Name, channel)
			err := converse(t, peer, x)
			if condition(err) != want || want == "" && x.JID() != lan(t) {
				t.Errorf("%s with %q: %v as %q", m.Name, password, err, x.JID())
			}
		}
	}
}

func converse(t *testing.T, peer *sasl.Negotiator, x *Exchange) error {
	t.Helper()
	_, message, err := peer.Step(nil)
	for {
		if err != nil {
			t.Fatalf("the client fails: %v", err)
		}
		challenge, done, err := x.Step(t.Context(), message)
		if err != nil {
			return err
		}
		if done && challenge == nil {
			return nil
		}
		more, next, err := peer.Step(challenge)
		if err != nil {
			t.Fatalf("the client does not believe %q: %v", challenge, err)
		}
		if done && more {
			t.Fatal("the client wants to go on")
		}
		if done {
			return nil
		}
		message = next
	}
}

func TestChannelBinding(t *testing.T) {
	h := newHouse(t, nil)
	for name, version := range map[string]uint16{"TLS 1.2": tls.VersionTLS12, "TLS 1.3": tls.VersionTLS13} {
		channel, state := secure(t, version, nil)
		if channel.TLS.Version != version {
			t.Fatalf("%s: version %x", name, channel.TLS.Version)
		}
		other, _ := secure(t, version, nil)
		tried := channel
		tried.TriedBinding = true
		plus, plain := "SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"
		for _, c := range []struct {
			title, mechanism, gs2 string
			data                  []byte
			channel               Channel
			want                  Condition
		}{
			{"exporter", plus, "p=tls-exporter,,", exported(t, state), channel, ""},
			{"end point", plus, "p=tls-server-end-point,,", endPoint(state), channel, ""},
			{"exporter and authzid", plus, "p=tls-exporter,a=lan@example.com,", exported(t, state), channel, ""},
			{"another connection", plus, "p=tls-exporter,,", exported(t, state), other, NotAuthorized},
			{"another certificate", plus, "p=tls-server-end-point,,", endPoint(state), other, NotAuthorized},
			{"data of another type", plus, "p=tls-exporter,,", endPoint(state), channel, NotAuthorized},
			{"no data", plus, "p=tls-exporter,,", nil, channel, NotAuthorized},
			{"unknown type", plus, "p=tls-unique,,", exported(t, state), channel, NotAuthorized},
			{"n with PLUS", plus, "n,,", nil, channel, MalformedRequest},
			{"y with PLUS", plus, "y,,", nil, channel, MalformedRequest},
			{"p without PLUS", plain, "p=tls-exporter,,", exported(t, state), channel, MalformedRequest},
			{"y though offered", plain, "y,,", nil, channel, NotAuthorized},
			{"y, not offered", plain, "y,,", nil, Channel{Encrypted: true}, ""},
			{"y though offered, after a foreign type", plain, "y,,", nil, tried, ""},
			{"another connection, after a foreign type", plus, "p=tls-exporter,,", exported(t, state), other, NotAuthorized},
			{"n", plain, "n,,", nil, channel, ""},
			{"n with data", plain, "n,,", exported(t, state), channel, NotAuthorized},
		} {
			peer := client{gs2: c.gs2, user: "lan", password: "xin chào", bindings: c.data}
			if err := peer.run(t, h.begin(t, c.mechanism, c.channel)); condition(err) != c.want {
				t.Errorf("%s, %s: %v, want %q", name, c.title, err, c.want)
			} else if f := new(Failure); errors.As(err, &f) && f.ForeignBinding != (c.title == "unknown type") {
				t.Errorf("%s, %s: the failure tells of a foreign type: %v", name, c.title, f.ForeignBinding)
			}
		}
		strict := newHouse(t, func(cfg *Config) { cfg.LenientBinding = false })
		if err := (client{gs2: "y,,", user: "lan", password: "xin chào"}).run(t, strict.begin(t, plain, tried)); condition(err) != NotAuthorized {
			t.Errorf("%s: y after a foreign type, not lenient: %v", name, err)
		}
	}
}

func TestHeaderOfFinalMessageIsCompared(t *testing.T) {
	h := newHouse(t, nil)
	peer := client{gs2: "n,,", user: "lan", password: "xin chào"}
	peer.mangle = func(s string) string { return strings.Replace(s, "c=biws", "c=eSws", 1) } // y,, in place of n,,
	if err := peer.run(t, h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true})); condition(err) != NotAuthorized {
		t.Errorf("another header in the final message: %v", err)
	}
}

func TestMechanismsOffered(t *testing.T) {
	scrams := []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1"}
	plus := []string{"SCRAM-SHA-512-PLUS", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}
	with13, _ := secure(t, tls.VersionTLS13, nil)
	unknown := with13
	unknown.Certificate = nil
	local := Channel{Remote: netip.MustParseAddr("127.0.0.1"), Loopback: true}
	mapped := Channel{Remote: netip.MustParseAddr("::ffff:127.0.0.1"), Loopback: true}
	remote := Channel{Remote: netip.MustParseAddr("192.0.2.1"), Loopback: true}
	open := Channel{Remote: netip.MustParseAddr("127.0.0.1")}
	for _, c := range []struct {
		title               string
		channel             Channel
		plain, plaintext    bool
		mechanisms, binding []string
	}{
		{"TLS", with13, true, false, slices.Concat(plus, scrams, []string{"PLAIN"}), []string{tlsExporter, tlsServerEndPoint}},
		{"TLS, no PLAIN", with13, false, false, slices.Concat(plus, scrams), []string{tlsExporter, tlsServerEndPoint}},
		{"unknown certificate", unknown, false, false, slices.Concat(plus, scrams), []string{tlsExporter}},
		{"proxy", Channel{Encrypted: true}, true, false, slices.Concat(scrams, []string{"PLAIN"}), nil},
		{"before the handshake", Channel{TLS: &tls.ConnectionState{}}, true, false, nil, nil},
		{"no TLS", local, true, false, nil, nil},
		{"no TLS, allowed", local, true, true, slices.Concat(scrams, []string{"PLAIN"}), nil},
		{"no TLS, allowed, mapped", mapped, true, true, slices.Concat(scrams, []string{"PLAIN"}), nil},
		{"no TLS, allowed, remote", remote, true, true, nil, nil},
		{"no TLS, allowed, a listener for all", open, true, true, nil, nil},
	} {
		h := newHouse(t, func(cfg *Config) { cfg.Plain, cfg.PlaintextLoopback = c.plain, c.plaintext })
		if got := h.Mechanisms(domain, xmpp.JID{}, c.channel); !slices.Equal(got, c.mechanisms) {
			t.Errorf("%s: mechanisms %q, want %q", c.title, got, c.mechanisms)
		}
		if got := h.ChannelBindings(c.channel); !slices.Equal(got, c.binding) {
			t.Errorf("%s: bindings %q, want %q", c.title, got, c.binding)
		}
	}
	h := newHouse(t, nil)
	for mechanism, want := range map[string]Condition{"PLAIN": EncryptionRequired, "SCRAM-SHA-1": EncryptionRequired,
		"SCRAM-SHA-1-PLUS": InvalidMechanism, "plain": InvalidMechanism, "": InvalidMechanism, "X": InvalidMechanism} {
		if _, err := h.Begin(Attempt{Domain: domain, Mechanism: mechanism, Channel: remote}); condition(err) != want {
			t.Errorf("%q without TLS: %v, want %q", mechanism, err, want)
		}
	}
}

// TestStrangersLearnNothing compares what a name without an account gets with what a disabled account, an account
// without a password and a wrong password get.
func TestStrangersLearnNothing(t *testing.T) {
	h := newHouse(t, nil)
	ctx := t.Context()
	minh := address(t, "minh@example.com")
	if err := h.Create(ctx, storage.Account{JID: minh, Disabled: true}, "secret"); err != nil {
		t.Fatal(err)
	}
	if err := h.store.SetCredentials(ctx, address(t, "bare@example.com"), nil); err != nil {
		t.Fatal(err)
	}
	challenge := func(s *Service, user string) string {
		x, err := s.Begin(Attempt{Domain: domain, Mechanism: "SCRAM-SHA-256", Channel: Channel{Encrypted: true}})
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := x.Step(ctx, []byte("n,,n="+user+",r=abc"))
		if err != nil {
			t.Fatalf("%s: %v", user, err)
		}
		_, got2, _ := strings.Cut(string(got), ",")
		return got2
	}
	another := newHouse(t, nil)
	another.secret = []byte("another secret 0")
	for _, user := range []string{"lan", "minh", "bare", "nobody", "n=3Dx", "a b", "LAN"} {
		if a, b := challenge(h.Service, user), challenge(h.Service, user); a != b || len(a) != len(challenge(h.Service, "lan")) {
			t.Errorf("%s: %q, then %q", user, a, b)
		}
		err := client{gs2: "n,,", user: user, password: "wrong"}.run(t, h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true}))
		if f := new(Failure); !errors.As(err, &f) || *f != *notAuthorized() {
			t.Errorf("%s with a wrong password: %v", user, err)
		}
	}
	if challenge(h.Service, "nobody") == challenge(h.Service, "nobody2") ||
		challenge(h.Service, "nobody") == challenge(another.Service, "nobody") {
		t.Error("the salt does not depend on name and secret")
	}
	if challenge(h.Service, "NOBODY") != challenge(h.Service, "nobody") {
		t.Error("the salt of a name without an account depends on its case; that of an account does not")
	}
	err := client{gs2: "n,,", user: "minh", password: "secret"}.run(t, h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true}))
	if condition(err) != AccountDisabled {
		t.Errorf("disabled, right password: %v", err)
	}
}

func TestStorageFailureIsTemporary(t *testing.T) {
	h := newHouse(t, nil)
	h.store.broken = errors.New("disk on fire")
	_, _, err := h.begin(t, "PLAIN", Channel{Encrypted: true}).Step(t.Context(), []byte("\x00lan\x00xin chào"))
	if condition(err) != TemporaryAuthFailure || strings.Contains(err.Error(), "fire") || !strings.Contains(h.log.String(), "fire") {
		t.Errorf("%v; logged %q", err, h.log)
	}
}

// TestFrom is XEP-0388 § 2.3: who opened the stream as somebody signs in as nobody else.
func TestFrom(t *testing.T) {
	h := newHouse(t, nil)
	for from, want := range map[string]Condition{"lan@example.com": "", "minh@example.com": InvalidAuthzid, "nobody@example.com": InvalidAuthzid} {
		x, err := h.Begin(Attempt{Domain: domain, Mechanism: "SCRAM-SHA-256", Channel: Channel{Encrypted: true}, From: address(t, from)})
		if err != nil {
			t.Fatal(err)
		}
		if err := (client{gs2: "n,,", user: "lan", password: "xin chào"}).run(t, x); condition(err) != want {
			t.Errorf("from %s: %v, want %q", from, err, want)
		}
	}
}

// TestShown is the example of XEP-0474 § 6.3, and that the hash is under the protection of the password.
func TestShown(t *testing.T) {
	sha1 := scramHashes[2]
	mechanisms, bindings := []string{"SCRAM-SHA-1-PLUS", "SCRAM-SHA-1"}, []string{"tls-server-end-point", "tls-exporter"}
	if got := shown(sha1, mechanisms, bindings); got != "G6k/rBLDqgOhRRaCuuatSDFkJ08=" {
		t.Errorf("the example gives %s", got)
	}
	if a, b := shown(sha1, mechanisms, nil), shown(sha1, mechanisms, bindings); a == b || shown(sha1, nil, bindings) != "" {
		t.Error("the bindings are not in the hash, or it is made of nothing")
	}
	h := newHouse(t, nil)
	begin := func() *Exchange {
		x, err := h.Begin(Attempt{Domain: domain, Mechanism: "SCRAM-SHA-256", Channel: Channel{Encrypted: true}, Mechanisms: mechanisms})
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	peer := client{gs2: "n,,", user: "lan", password: "xin chào"}
	if err := peer.run(t, begin()); err != nil {
		t.Errorf("with the hash: %v", err)
	}
	peer.heard = func(challenge string) string {
		_, hash, ok := strings.Cut(challenge, ",h=")
		if want := shown(scramHashes[1], mechanisms, nil); !ok || hash != want {
			t.Errorf("challenge %q, want the hash %s", challenge, want)
		}
		return strings.Replace(challenge, hash, shown(scramHashes[1], mechanisms[1:], nil), 1) // somebody in between
	}
	if err := peer.run(t, begin()); condition(err) != NotAuthorized {
		t.Errorf("with a hash of another list: %v", err)
	}
}

package account

import (
	"crypto/pbkdf2"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"strconv"
	"strings"
	"testing"

	"myna/xmpp"
)

// bySHA512 signs in by SCRAM-SHA-512, as a client does that knows nothing of ours (RFC 5802 § 3).
func bySHA512(t *testing.T, s *Service, user, password string) (*Exchange, error) {
	t.Helper()
	x, err := s.Begin(Attempt{Domain: domain, Mechanism: "SCRAM-SHA-512", Channel: Channel{Encrypted: true}})
	if err != nil {
		t.Fatal(err)
	}
	bare := "n=" + user + ",r=clientnonce"
	challenge, _, err := x.Step(t.Context(), []byte("n,,"+bare))
	if err != nil {
		t.Fatal(err)
	}
	attrs := map[string]string{}
	for part := range strings.SplitSeq(string(challenge), ",") {
		attrs[part[:1]] = part[2:]
	}
	salt, err := base64.StdEncoding.DecodeString(attrs["s"])
	if err != nil {
		t.Fatal(err)
	}
	count, err := strconv.Atoi(attrs["i"])
	if err != nil {
		t.Fatal(err)
	}
	h := scramHashes[0]
	salted, err := pbkdf2.Key(sha512.New, password, salt, count, sha512.Size)
	if err != nil {
		t.Fatal(err)
	}
	key := h.mac(salted, []byte("Client Key"))
	final := "c=biws,r=" + attrs["r"]
	proof := h.mac(h.sum(key), []byte(bare+","+string(challenge)+","+final))
	subtle.XORBytes(proof, proof, key)
	_, _, err = x.Step(t.Context(), []byte(final+",p="+base64.StdEncoding.EncodeToString(proof)))
	return x, err
}

// An app password and the password of the account both sign in by SCRAM-SHA-512, and each is told from the other.
func TestAppPasswordBySHA512(t *testing.T) {
	s, _ := stored(t, nil)
	phone, text, err := s.CreateAppPassword(t.Context(), lan(t), "Phone")
	if err != nil {
		t.Fatal(err)
	}
	for password, app := range map[string]string{text: phone.ID, "xin chào": ""} {
		x, err := bySHA512(t, s, "lan", password)
		if p := x.Proof(); err != nil || x.JID() != lan(t) || p.App != app || p.Limited() != (app != "") {
			t.Errorf("%q: %v, %+v", password, err, p)
		}
	}
	if x, err := bySHA512(t, s, "lan", text+"x"); condition(err) != NotAuthorized || x.JID() != (xmpp.JID{}) {
		t.Errorf("a wrong one: %v, %s", err, x.JID())
	}
	if err := s.EndAppPassword(t.Context(), lan(t), phone.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := bySHA512(t, s, "lan", text); condition(err) != NotAuthorized {
		t.Errorf("after its end: %v", err)
	}
}

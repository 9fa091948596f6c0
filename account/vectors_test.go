package account

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"testing"

	"mellium.im/sasl"

	"myna/storage"
)

// TestVectors plays the examples of RFC 5802 § 5 and RFC 7677 § 3.
func TestVectors(t *testing.T) {
	for _, v := range []struct{ mechanism, salt, nonce, first, challenge, final, success string }{
		{
			"SCRAM-SHA-1", "QSXCR+Q6sek8bf92", "3rfcNHYJY1ZVvWVs7j",
			"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
			"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
			"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		},
		{
			"SCRAM-SHA-256", "W22ZaJ0SNY7soEsUEjb6gQ==", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0",
			"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		},
	} {
		t.Run(v.mechanism, func(t *testing.T) {
			salt, err := base64.StdEncoding.DecodeString(v.salt)
			if err != nil {
				t.Fatal(err)
			}
			run := &scram{nonce: v.nonce}
			for _, h := range scramHashes {
				if h.name == v.mechanism {
					run.hash = h
				}
			}
			run.find = func(user, authzid string, _ ...scramHash) (subject, error) {
				if user != "user" || authzid != "" {
					t.Errorf("user %q for %q", user, authzid)
				}
				c, err := run.hash.credential("pencil", salt, 4096)
				who := subject{hash: run.hash, salt: salt, iter: 4096, real: 1}
				who.keys[7] = verifier{c, 1} // among decoys
				return who, err
			}
			run.admit = func(who *subject, proof func() int) (storage.Credential, error) {
				i := proof()
				if i != 7 {
					return storage.Credential{}, notAuthorized()
				}
				return who.keys[i].Credential, nil
			}
			machine := sasl.NewServer(run.mechanism(), nil)
			if more, got, err := machine.Step([]byte(v.first)); err != nil || !more || string(got) != v.challenge {
				t.Fatalf("first step: %v, %q, %v; want %q", more, got, err, v.challenge)
			}
			if more, got, err := machine.Step([]byte(v.final)); err != nil || more || string(got) != v.success {
				t.Fatalf("second step: %v, %q, %v; want %q", more, got, err, v.success)
			}
		})
	}
}

// TestStoredKeys compares what is kept with the values that go with the example of RFC 5802 § 5, and looks for the
// password's own derivatives, which must not be kept.
func TestStoredKeys(t *testing.T) {
	h := newHouse(t, nil)
	creds, err := h.store.Credentials(context.Background(), lan(t))
	if err != nil || len(creds) != len(scramHashes) {
		t.Fatalf("%d credentials, %v", len(creds), err)
	}
	salts := map[string]bool{}
	for i, c := range creds {
		if !scramHashes[i].usable(c) || len(c.Salt) < 16 || c.Iterations != rounds {
			t.Errorf("%s: salt of %d bytes, %d iterations", c.Mechanism, len(c.Salt), c.Iterations)
		}
		salts[string(c.Salt)] = true
	}
	if len(salts) != len(creds) {
		t.Error("mechanisms share a salt")
	}
	salt, _ := base64.StdEncoding.DecodeString("QSXCR+Q6sek8bf92")
	c, err := scramHash{"SCRAM-SHA-1", sha1.New, sha1.Size}.credential("pencil", salt, 4096)
	if err != nil {
		t.Fatal(err)
	}
	for name, pair := range map[string][2]string{
		"StoredKey": {"6dlGYMOdZcOPutkcNY8U2g7vK9Y=", base64.StdEncoding.EncodeToString(c.StoredKey)},
		"ServerKey": {"D+CSWLOshSulAsxiupA+qs2/fTE=", base64.StdEncoding.EncodeToString(c.ServerKey)},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s is %s, want %s", name, pair[1], pair[0])
		}
	}
	var _ storage.Credential = c
}

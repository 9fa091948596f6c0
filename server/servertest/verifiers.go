package servertest

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"sync"

	"myna/storage"
)

// rounds is the least that clients accept (RFC 7677 § 4): hashing is most of what a sign-in costs.
const rounds = 4096

// verifiers returns those of the scripts' password (RFC 5802 § 3), which are made once and are the same for all accounts.
var verifiers = sync.OnceValues(func() ([]storage.Credential, error) {
	var creds []storage.Credential
	for name, h := range map[string]func() hash.Hash{"SCRAM-SHA-1": sha1.New, "SCRAM-SHA-256": sha256.New, "SCRAM-SHA-512": sha512.New} {
		salt := []byte("salt of " + name)
		salted, err := pbkdf2.Key(h, password, salt, rounds, h().Size())
		if err != nil {
			return nil, err
		}
		mac := func(s string) []byte {
			m := hmac.New(h, salted)
			m.Write([]byte(s))
			return m.Sum(nil)
		}
		stored := h()
		stored.Write(mac("Client Key"))
		creds = append(creds, storage.Credential{
			Mechanism: name, Salt: salt, Iterations: rounds, StoredKey: stored.Sum(nil), ServerKey: mac("Server Key"),
		})
	}
	return creds, nil
})

package account

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"fmt"
	"hash"
	"strconv"

	"myna/storage"
	"myna/xmpp"
)

// ErrAddress says that an account cannot have this address.
var ErrAddress = errors.New("not an address of an account")

const saltSize = 16

// scramHash is a hash function that SCRAM is used with.
type scramHash struct {
	name string // of the mechanism without channel binding
	new  func() hash.Hash
	size int
}

// scramHashes are all of them, the preferred first.
var scramHashes = [...]scramHash{
	{"SCRAM-SHA-512", sha512.New, sha512.Size},
	{"SCRAM-SHA-256", sha256.New, sha256.Size}, // RFC 7677
	{"SCRAM-SHA-1", sha1.New, sha1.Size},       // RFC 5802
}

func (h scramHash) mac(key []byte, parts ...[]byte) []byte {
	m := hmac.New(h.new, key)
	for _, p := range parts {
		m.Write(p)
	}
	return m.Sum(nil)
}

func (h scramHash) sum(b []byte) []byte {
	d := h.new()
	d.Write(b)
	return d.Sum(nil)
}

// credential computes the verifier of a prepared password (RFC 5802 § 3).
func (h scramHash) credential(password string, salt []byte, iterations int) (storage.Credential, error) {
	salted, err := pbkdf2.Key(h.new, password, salt, iterations, h.size)
	if err != nil {
		return storage.Credential{}, fmt.Errorf("hash password: %w", err)
	}
	return h.verifier(salted, salt, iterations), nil
}

// verifier is credential for a password that is salted already.
func (h scramHash) verifier(salted, salt []byte, iterations int) storage.Credential {
	return storage.Credential{
		Mechanism:  h.name,
		Salt:       salt,
		Iterations: iterations,
		StoredKey:  h.sum(h.mac(salted, []byte("Client Key"))),
		ServerKey:  h.mac(salted, []byte("Server Key")),
	}
}

// usable tells whether what storage holds is a verifier for the hash.
func (h scramHash) usable(c storage.Credential) bool {
	return c.Mechanism == h.name && len(c.Salt) > 0 && c.Iterations > 0 &&
		len(c.StoredKey) == h.size && len(c.ServerKey) == h.size
}

// derive computes the verifiers of an acceptable password for all mechanisms, each with a salt of its own.
func (s *Service) derive(j xmpp.JID, password string) ([]storage.Credential, error) {
	if err := s.Acceptable(j, password); err != nil {
		return nil, err
	}
	prepared, err := prepare(password)
	if err != nil {
		return nil, err
	}
	creds := make([]storage.Credential, len(scramHashes))
	for i, h := range scramHashes {
		salt := make([]byte, saltSize)
		rand.Read(salt) // never fails (crypto/rand)
		if creds[i], err = h.credential(prepared, salt, s.cfg.Of(j.Domain()).Iterations); err != nil {
			return nil, err
		}
	}
	return creds, nil
}

// decoy is the verifier of a name without an account: always the same for the name, and with no password that fits. Its
// number of iterations is one that accounts of the domain have, with the salt as with them: another number, another salt.
func (s *Service) decoy(h scramHash, name, domain string) storage.Credential {
	wide := scramHashes[0]
	key := wide.mac(s.secret, []byte(h.name), []byte{0}, []byte(name))
	iterations := s.usualIterations(h, name, domain)
	return storage.Credential{
		Mechanism:  h.name,
		Salt:       wide.mac(key, []byte("salt"), []byte(strconv.Itoa(iterations)))[:saltSize],
		Iterations: iterations,
		StoredKey:  wide.mac(key, []byte("stored"))[:h.size],
		ServerKey:  wide.mac(key, []byte("server"))[:h.size],
	}
}

package client

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strconv"
	"strings"
	"sync"
)

// Keys remembers the derived SCRAM keys of a password, salt and iteration count (RFC 5802 § 5.1 allows that),
// so that a measured login costs the load tool no key derivation. The zero value is ready.
type Keys struct {
	mu  sync.Mutex
	got map[keyID]keyPair // guarded by mu
}

type keyID struct {
	mech, password, salt string
	iter                 int
}

type keyPair struct{ client, server []byte }

var scramHashes = map[string]func() hash.Hash{"SCRAM-SHA-1": sha1.New, "SCRAM-SHA-256": sha256.New}

func (k *Keys) of(id keyID) (keyPair, error) {
	k.mu.Lock()
	p, ok := k.got[id]
	k.mu.Unlock()
	if ok {
		return p, nil
	}
	h := scramHashes[id.mech]
	salted, err := pbkdf2.Key(h, id.password, []byte(id.salt), id.iter, h().Size())
	if err != nil {
		return p, fmt.Errorf("derive scram keys: %w", err)
	}
	p = keyPair{mac(h, salted, "Client Key"), mac(h, salted, "Server Key")}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.got == nil {
		k.got = make(map[keyID]keyPair)
	}
	k.got[id] = p
	return p, nil
}

func mac(h func() hash.Hash, key []byte, text string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(text))
	return m.Sum(nil)
}

// scram is one exchange of RFC 5802 without channel binding.
type scram struct {
	mech, user, password string
	keys                 *Keys
	nonce, bare          string
	signature            []byte // the server's, expected
}

func (s *scram) first() string {
	s.nonce = rand.Text()
	name := strings.NewReplacer("=", "=3D", ",", "=2C").Replace(s.user)
	s.bare = "n=" + name + ",r=" + s.nonce
	return "n,," + s.bare
}

// final answers the server's first message (RFC 5802 § 3).
func (s *scram) final(challenge string) (string, error) {
	var nonce, salt string
	var iter int
	for part := range strings.SplitSeq(challenge, ",") {
		key, value, _ := strings.Cut(part, "=")
		switch key {
		case "r":
			nonce = value
		case "s":
			raw, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				return "", fmt.Errorf("scram salt: %w", err)
			}
			salt = string(raw)
		case "i":
			iter, _ = strconv.Atoi(value)
		}
	}
	if !strings.HasPrefix(nonce, s.nonce) || salt == "" || iter < 1 || iter > 1_000_000 {
		return "", errors.New("scram: unusable challenge")
	}
	pair, err := s.keys.of(keyID{s.mech, s.password, salt, iter})
	if err != nil {
		return "", err
	}
	h := scramHashes[s.mech]
	hashed := h()
	hashed.Write(pair.client)
	without := "c=biws,r=" + nonce
	signed := s.bare + "," + challenge + "," + without
	proof := mac(h, hashed.Sum(nil), signed)
	subtle.XORBytes(proof, proof, pair.client)
	s.signature = mac(h, pair.server, signed)
	return without + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

// verify checks the server's signature.
func (s *scram) verify(outcome string) error {
	for part := range strings.SplitSeq(outcome, ",") {
		if v, ok := strings.CutPrefix(part, "v="); ok {
			if got, err := base64.StdEncoding.DecodeString(v); err == nil && hmac.Equal(got, s.signature) {
				return nil
			}
		}
	}
	return errors.New("scram: the server did not prove that it knows the password")
}

package signup

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"strings"

	"myna/storage"
)

// A token is the invitation's public name and 130 random bits, in letters and digits (XEP-0379 § 5.1, XEP-0401 § 4.1).
const (
	nameSize   = 10
	secretSize = 26
)

// NewToken returns a new token, and the name and hash by which its invitation is kept.
func NewToken() (token, id string, hash []byte) {
	id = strings.ToLower(rand.Text()[:nameSize])
	token = id + strings.ToLower(rand.Text())
	return token, id, hashOf(token)
}

func hashOf(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

// nameOf is the name of the invitation that a token is for; ok is false for what has not the form of one. Capitals are
// small letters: people type tokens, too.
func nameOf(token string) (normal, id string, ok bool) {
	token = strings.ToLower(strings.TrimSpace(token))
	if len(token) != nameSize+secretSize {
		return "", "", false
	}
	for i := 0; i < len(token); i++ {
		if c := token[i]; (c < 'a' || c > 'z') && (c < '2' || c > '7') {
			return "", "", false
		}
	}
	return token, token[:nameSize], true
}

// fits compares a token with what is kept of an invitation. Its time does not depend on how much is right.
func fits(token string, i *storage.Invite) bool {
	return subtle.ConstantTimeCompare(hashOf(token), i.Hash) == 1
}

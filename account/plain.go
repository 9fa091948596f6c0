package account

import (
	"bytes"
	"unicode/utf8"

	"mellium.im/sasl"
)

// plain is the server's side of PLAIN (RFC 4616 § 2): [authzid] NUL authcid NUL passwd.
func (x *Exchange) plain(_ *sasl.Negotiator, message []byte, _ any) (more bool, resp []byte, cache any, err error) {
	parts := bytes.Split(message, []byte{0})
	if len(parts) != 3 || len(parts[2]) == 0 {
		return false, nil, nil, malformed("not an authorization identity, a user name and a password")
	}
	if !utf8.Valid(message) {
		return false, nil, nil, malformed("not UTF-8")
	}
	if isPass(string(parts[2])) {
		return false, nil, nil, x.present(string(parts[1]), string(parts[0]), string(parts[2]))
	}
	who, err := x.find(string(parts[1]), string(parts[0]), scramHashes[:]...)
	if err != nil {
		return false, nil, nil, err
	}
	_, err = x.admitKey(&who, func() int { return who.matches(string(parts[2])) })
	if err == nil && x.proved.App == "" {
		x.complete(string(parts[2]))
	}
	return false, nil, nil, err
}

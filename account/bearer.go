package account

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"mellium.im/sasl"

	"myna/xmpp"
)

const bearerName = "OAUTHBEARER"

// bearerRequest is what a client sends first (RFC 7628 § 3.1).
type bearerRequest struct {
	authzid string // decoded
	token   string
}

// kvsep separates what a client sends (RFC 7628 § 3.1).
const kvsep = "\x01"

// parseBearer reads a header of GS2, and pairs of which one is "auth=Bearer TOKEN"; the others say what the client believes to be
// connected to, which does not count here.
func parseBearer(message []byte) (bearerRequest, error) {
	var q bearerRequest
	text := string(message)
	header, pairs, ok := strings.Cut(text, kvsep)
	pairs, ended := strings.CutSuffix(pairs, kvsep)
	if !ok || !ended || !utf8.ValidString(text) {
		return q, malformed("not a header and pairs that end with 0x01")
	}
	flag, rest, ok := strings.Cut(header, ",")
	authzid, ok2 := strings.CutSuffix(rest, ",")
	if !ok || !ok2 || flag != "n" && flag != "y" { // § 3.1: there is no channel binding
		return q, malformed("not a GS2 header")
	}
	name, ok := strings.CutPrefix(authzid, "a=") // § 3.1: the account is named; RFC 5801 § 4
	if q.authzid, ok = saslname(name, ok); !ok || strings.Contains(name, ",") {
		return q, malformed("no authorization identity, or a broken one")
	}
	return q, q.readPairs(strings.TrimSuffix(pairs, kvsep), pairs != "")
}

func (q *bearerRequest) readPairs(pairs string, some bool) error {
	seen := false
	for pair := range strings.SplitSeq(pairs, kvsep) {
		key, value, ok := strings.Cut(pair, "=")
		if !some || !ok || key == "" || strings.ContainsFunc(key, func(c rune) bool { return c > 'z' || !letter(byte(c)) }) {
			return malformed("broken pair")
		}
		if key != "auth" {
			continue
		}
		scheme, token, _ := strings.Cut(value, " ")
		if q.token = strings.Trim(token, " "); seen || !strings.EqualFold(scheme, "bearer") || q.token == "" { // RFC 9110 § 11.1
			return malformed("there is no token, or not only one")
		}
		seen = true
	}
	if !seen {
		return malformed("there is no token")
	}
	return nil
}

// bearer is the server's side of OAUTHBEARER (RFC 7628). The token is a pass of the account that it names.
func (x *Exchange) bearer(_ *sasl.Negotiator, message []byte, _ any) (more bool, resp []byte, cache any, err error) {
	if x.refused != nil { // § 3.2.3: the client has answered what it was told
		if !bytes.Equal(message, []byte(kvsep)) {
			return false, nil, nil, malformed("not the answer to a refusal")
		}
		return false, nil, nil, x.refused
	}
	q, err := parseBearer(message)
	if err != nil {
		return false, nil, nil, err
	}
	j, err := xmpp.ParseJID(q.authzid)
	if err != nil || !j.IsBare() || j.Local() == "" || j.Domain() != x.Domain {
		return false, nil, nil, fail(InvalidAuthzid, "not an account of this host")
	}
	if err := x.present(j.Local(), "", q.token); err != nil {
		x.refused = err
		return true, []byte(`{"status":"invalid_token"}`), nil, nil // § 3.2.2
	}
	return false, nil, nil, nil
}

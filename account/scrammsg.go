package account

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"
)

// clientFirst is a client-first-message (RFC 5802 § 7).
type clientFirst struct {
	gs2     string // the gs2-header with its last comma
	flag    byte   // gs2-cbind-flag: 'n', 'y' or 'p'
	cbType  string // with 'p'
	authzid string // decoded
	bare    string
	user    string // decoded
	nonce   string
}

func parseClientFirst(message []byte) (clientFirst, error) {
	var m clientFirst
	text, err := scramText(message)
	if err != nil {
		return m, err
	}
	flag, rest, ok := strings.Cut(text, ",")
	authzid, bare, ok2 := strings.Cut(rest, ",")
	if !ok || !ok2 {
		return m, malformed("no gs2 header")
	}
	m.gs2, m.bare = text[:len(text)-len(bare)], bare
	switch {
	case flag == "n", flag == "y":
		m.flag = flag[0]
	case strings.HasPrefix(flag, "p=") && validBindingName(flag[2:]):
		m.flag, m.cbType = 'p', flag[2:]
	default:
		return m, malformed("unknown channel binding flag")
	}
	if authzid != "" {
		v, ok := strings.CutPrefix(authzid, "a=")
		if m.authzid, ok = saslname(v, ok); !ok {
			return m, malformed("broken authorization identity")
		}
	}
	return m, m.parseBare()
}

func (m *clientFirst) parseBare() error {
	if strings.HasPrefix(m.bare, "m=") {
		return mandatory()
	}
	user, rest, _ := strings.Cut(m.bare, ",")
	nonce, extensions, more := strings.Cut(rest, ",")
	v, ok := strings.CutPrefix(user, "n=")
	if m.user, ok = saslname(v, ok); !ok {
		return malformed("broken user name")
	}
	if m.nonce, ok = strings.CutPrefix(nonce, "r="); !ok || !validNonce(m.nonce) {
		return malformed("broken nonce")
	}
	if more {
		return checkExtensions(extensions)
	}
	return nil
}

// clientFinal is a client-final-message (RFC 5802 § 7).
type clientFinal struct {
	cbindings    []byte
	nonce        string
	proof        []byte
	withoutProof string
}

func parseClientFinal(message []byte) (clientFinal, error) {
	var m clientFinal
	text, err := scramText(message)
	if err != nil {
		return m, err
	}
	end := strings.LastIndex(text, ",p=") // no value holds a comma
	if end < 0 {
		return m, malformed("no proof")
	}
	m.withoutProof = text[:end]
	bindings, rest, _ := strings.Cut(m.withoutProof, ",")
	nonce, extensions, more := strings.Cut(rest, ",")
	encoded, ok := strings.CutPrefix(bindings, "c=")
	if !ok {
		return m, malformed("no channel binding")
	}
	if m.nonce, ok = strings.CutPrefix(nonce, "r="); !ok {
		return m, malformed("no nonce")
	}
	if m.cbindings, err = decode64(encoded); err != nil {
		return m, err
	}
	if m.proof, err = decode64(text[end+len(",p="):]); err != nil {
		return m, err
	}
	if more {
		return m, checkExtensions(extensions)
	}
	return m, nil
}

// scramText checks what is true of all messages: UTF-8 without NUL (RFC 5802 § 7, value-char).
func scramText(message []byte) (string, error) {
	text := string(message)
	if !utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0 {
		return "", malformed("not UTF-8")
	}
	return text, nil
}

// mandatory refuses an extension that must not be ignored; there are none yet (RFC 5802 § 5.1, attribute m).
func mandatory() error { return malformed("mandatory extensions are not supported") }

// checkExtensions passes over optional extensions, as RFC 5802 § 5 asks.
func checkExtensions(list string) error {
	for attr := range strings.SplitSeq(list, ",") {
		switch {
		case len(attr) < 3 || attr[1] != '=' || !letter(attr[0]):
			return malformed("broken extension")
		case attr[0] == 'm':
			return mandatory()
		}
	}
	return nil
}

// saslname decodes a name: =2C is a comma, =3D an equals sign, and any other equals sign an error (RFC 5802 § 5.1).
func saslname(s string, ok bool) (string, bool) {
	if !ok || s == "" {
		return "", false
	}
	for i := 0; i < len(s); i++ {
		if s[i] == '=' && !strings.HasPrefix(s[i:], "=2C") && !strings.HasPrefix(s[i:], "=3D") {
			return "", false
		}
	}
	return strings.NewReplacer("=2C", ",", "=3D", "=").Replace(s), true
}

// validNonce tells whether s is printable ASCII without a comma (RFC 5802 § 7), of a sensible length.
func validNonce(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '!' || s[i] > '~' || s[i] == ',' {
			return false
		}
	}
	return s != "" && len(s) <= 1024
}

// validBindingName follows RFC 5802 § 7, cb-name.
func validBindingName(s string) bool {
	for i := 0; i < len(s); i++ {
		if !letter(s[i]) && !(s[i] >= '0' && s[i] <= '9') && s[i] != '.' && s[i] != '-' {
			return false
		}
	}
	return s != ""
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// decode64 decodes the one correct encoding of bytes (RFC 5802 § 7, base64).
func decode64(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil || strings.ContainsAny(s, "\r\n") {
		return nil, fail(IncorrectEncoding, "broken base64")
	}
	return b, nil
}

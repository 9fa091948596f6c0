package account

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"

	"myna/xmpp"
)

// ErrPassword is what a refused password's error is (errors.Is).
var ErrPassword = errors.New("not usable as a password")

// maxPassword is in bytes.
const maxPassword = 1024

// anyPassword is the Config.MinPassword with which a password may be as bad as it likes.
const anyPassword = 1

// PasswordError is a password that is refused. Reason goes on after "this password cannot be used: ", for people.
type PasswordError struct{ Reason string }

// Error says that it is no password, and why.
func (e *PasswordError) Error() string { return ErrPassword.Error() + ": " + e.Reason }

// Unwrap is ErrPassword.
func (e *PasswordError) Unwrap() error { return ErrPassword }

// prepare makes one form of all ways to type a password (RFC 8265 § 4.2.2).
func prepare(password string) (string, error) {
	switch {
	case password == "":
		return "", &PasswordError{"it is empty"}
	case len(password) > maxPassword:
		return "", &PasswordError{fmt.Sprintf("it has more than %d bytes", maxPassword)}
	case !utf8.ValidString(password): // precis lets it pass
		return "", &PasswordError{"it is not UTF-8"}
	}
	p, err := precis.OpaqueString.String(password)
	if err != nil {
		return "", &PasswordError{"it has control characters or others that cannot be typed everywhere"}
	}
	return p, nil
}

// Acceptable tells why a text cannot be the new password of an account; nil where it can. It is the one rule for all
// doors. What was set under another rule goes on to be right.
func (c Config) Acceptable(j xmpp.JID, password string) error {
	p, err := prepare(password)
	switch {
	case err != nil:
		return err
	case utf8.RuneCountInString(p) < c.MinPassword:
		return &PasswordError{fmt.Sprintf("it has fewer than %d characters", c.MinPassword)}
	case c.listed(p): // XEP-0438 § 8
		return &PasswordError{"it is one that many people choose"}
	case c.MinPassword == anyPassword:
		return nil
	case strings.EqualFold(p, j.Local()), strings.EqualFold(p, j.Bare().String()):
		return &PasswordError{"it is the name of the account"}
	case common(p):
		return &PasswordError{"it is one that many people choose"}
	}
	return nil
}

// Acceptable is that of the configuration.
func (s *Service) Acceptable(j xmpp.JID, password string) error {
	return s.cfg.Of(j.Domain()).Acceptable(j, password)
}

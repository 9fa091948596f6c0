package admin

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"

	"myna/account"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// credentials is the element of a verifier (XEP-0227 § 4.3).
const credentials = "scram-credentials"

// newcomer is what has to be known of an account before it is made, wherever in the file it stands.
type newcomer struct {
	name        string // of the card
	password    string
	hasPassword bool
	verifiers   []storage.Credential
	wrong       string // what is wrong with the verifiers, for people
}

// survey reads a file to the end before anything is done: whether it is whole, and the secrets of its accounts.
type survey struct {
	ctx    context.Context
	users  int
	most   int                  // users; 0: any number
	people map[string]*newcomer // by address
	now    *newcomer
}

// User begins an account.
func (s *survey) User(u pie.User, _ pie.Place) (bool, error) {
	if s.users++; s.most > 0 && s.users > s.most {
		return false, refuse(Invalid, "import-many", "the file has more than %d accounts; split it, or use the command line", s.most)
	}
	j, err := xmpp.NewJID(u.Name, u.Host, "")
	if err != nil {
		return true, s.ctx.Err()
	}
	if s.now = s.people[j.String()]; s.now == nil {
		s.now = &newcomer{}
		s.people[j.String()] = s.now
	}
	if u.HasPassword && !s.now.hasPassword && len(u.Password) <= maxSecret {
		s.now.password, s.now.hasPassword = u.Password, true
	}
	return false, s.ctx.Err()
}

// Element takes verifiers, and the name on a card.
func (s *survey) Element(e *xmpp.Element, _ pie.Place) error {
	switch {
	case e.Is(ns.ExportSCRAM, credentials):
		s.now.verifier(e)
	case e.Is(ns.VCard, "vCard") && s.now.name == "":
		if name := strings.TrimSpace(e.ChildText(ns.VCard, "FN")); len(name) <= maxSecret { // a longer one is that of nobody
			s.now.name = strings.Clone(name)
		}
	}
	return s.ctx.Err()
}

// EndUser has nothing to do.
func (*survey) EndUser() error { return nil }

// Unknown is of no concern here.
func (*survey) Unknown(xmpp.Name, pie.Place) error { return nil }

// maxIterations keeps a file from making accounts that nobody's client can sign in to.
const maxIterations = 10_000_000

// What is held of every account of a file at a time is bounded.
const (
	maxSecret    = 4096 // bytes of a text
	maxVerifiers = 8    // of an account
)

// verifier reads a set of SCRAM credentials (XEP-0227 § 4.3).
func (n *newcomer) verifier(e *xmpp.Element) {
	c := storage.Credential{Mechanism: strings.Clone(e.Attr("mechanism"))}
	if len(n.verifiers) == maxVerifiers || len(c.Mechanism) > maxSecret {
		return // the first ones count
	}
	count := e.ChildText(ns.ExportSCRAM, "iter-count")
	iterations, err := strconv.Atoi(count)
	if err != nil || strconv.Itoa(iterations) != count || iterations < 1 || iterations > maxIterations {
		n.wrong = "the number of iterations of its password is none"
		return
	}
	c.Iterations = iterations
	for _, f := range []struct {
		local string
		to    *[]byte
	}{{"salt", &c.Salt}, {"server-key", &c.ServerKey}, {"stored-key", &c.StoredKey}} {
		if *f.to, err = decode64(e.ChildText(ns.ExportSCRAM, f.local)); err != nil || len(*f.to) == 0 || len(*f.to) > maxSecret {
			n.wrong = "the " + f.local + " of its password is not written in base64"
			return
		}
	}
	if slices.ContainsFunc(n.verifiers, func(have storage.Credential) bool { return have.Mechanism == c.Mechanism }) {
		n.wrong = "it has two passwords for " + c.Mechanism // a MUST NOT; the first one counts
		return
	}
	n.verifiers = append(n.verifiers, c)
}

// decode64 decodes base64, wherever it is broken into lines.
func decode64(s string) ([]byte, error) {
	return base64.StdEncoding.DecodeString(strings.Join(strings.Fields(s), ""))
}

// sizes are how long the keys of the mechanisms are.
var sizes = map[string]int{"SCRAM-SHA-1": 20, "SCRAM-SHA-256": 32, "SCRAM-SHA-512": 64}

// noSecret is why an account is locked whose file says nothing of a password.
const noSecret = "no password"

// secret puts what somebody signs in with into a draft. Where there is nothing of use it says why, and nobody knows the password.
func (n *newcomer) secret(a *Admin, d *account.Draft) (why string) {
	var usable []storage.Credential
	for _, c := range n.verifiers {
		if size := sizes[c.Mechanism]; size == 0 || len(c.StoredKey) != size || len(c.ServerKey) != size {
			n.wrong = "a password for " + c.Mechanism + " cannot be used"
			continue
		}
		usable = append(usable, c)
	}
	if old, ok := strings.CutPrefix(n.password, "scram:"); ok && len(usable) == 0 {
		if c, ok := hashed(old); ok {
			usable = append(usable, c)
		} else {
			n.wrong = "its hashed password cannot be read"
		}
		n.hasPassword = false
	}
	var weak *account.PasswordError
	switch {
	case len(usable) > 0:
		d.Credentials = usable
		return ""
	case n.hasPassword && errors.As(a.Accounts.Acceptable(d.Account.JID, n.password), &weak):
		why = "its password cannot be used: " + weak.Reason
	case n.hasPassword:
		d.Password = n.password
		return ""
	case n.wrong != "":
		why = n.wrong
	default:
		why = noSecret
	}
	d.Password = GeneratePassword() // which nobody knows
	return why
}

// hashed reads a password that was hashed before XEP-0227 had a place for that: the attribute is scram:STORED,SERVER,SALT,ITERATIONS,
// with the name of the hash before it where that is not SHA-1.
// COMPAT(ejabberd 24.12, 2024): it exports verifiers so, in base64 of base64 where it keeps them as text.
func hashed(text string) (c storage.Credential, ok bool) {
	parts := strings.Split(text, ",")
	c.Mechanism = "SCRAM-SHA-1"
	if len(parts) == 5 {
		c.Mechanism = map[string]string{"sha256": "SCRAM-SHA-256", "sha512": "SCRAM-SHA-512"}[parts[0]]
		parts = parts[1:]
	}
	size := sizes[c.Mechanism]
	if len(parts) != 4 || size == 0 {
		return c, false
	}
	twice := false
	for i, to := range []*[]byte{&c.StoredKey, &c.ServerKey, &c.Salt} {
		b, err := decode64(parts[i])
		if err != nil {
			return c, false
		}
		if twice = twice || i == 0 && len(b) != size; twice {
			if b, err = decode64(string(b)); err != nil {
				return c, false
			}
		}
		*to = b
	}
	n, err := strconv.Atoi(parts[3])
	c.Iterations = n
	return c, err == nil && n > 0 && n <= maxIterations && len(c.StoredKey) == size && len(c.ServerKey) == size && len(c.Salt) > 0
}

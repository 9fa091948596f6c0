package admin

import (
	"errors"
	"fmt"

	"myna/account"
	"myna/storage"
)

// Kind is what is wrong with a request.
type Kind string

// The kinds of errors. Internal is the server's fault: its cause is in the log.
const (
	NotFound  Kind = "not-found"
	Conflict  Kind = "conflict"
	Invalid   Kind = "invalid"
	Forbidden Kind = "forbidden"
	Changed   Kind = "changed" // the condition of the request does not hold: something has changed meanwhile
	Internal  Kind = "internal"
)

// Reason is why a request is refused, for programs. A code stays the same for ever, and its values, too: they are what stands in the
// text for people, in that order, so that a page says the same in another language.
type Reason struct {
	Code   string   `json:"code,omitempty"`
	Values []string `json:"values,omitempty"`
}

// Error is a refused request. Text is one sentence for people that says what to do.
type Error struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
	Reason
}

// Error is the text.
func (e *Error) Error() string { return e.Text }

// refuse makes an Error. A code belongs to one format; the admin page has a sentence for each (web/src/admin/i18n/reasons.ts).
func refuse(k Kind, code, format string, args ...any) error {
	e := &Error{Kind: k, Text: fmt.Sprintf(format, args...), Reason: Reason{Code: code}}
	for _, a := range args {
		e.Values = append(e.Values, fmt.Sprint(a))
	}
	return e
}

// stored turns what the store says about an address into an error for people; other errors keep their cause.
func stored(err error, operation, address string) error {
	var password *account.PasswordError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotFound):
		return refuse(NotFound, "no-such", "there is no %s %s", noun(operation), address)
	case errors.Is(err, storage.ErrReserved):
		return refuse(Conflict, "kept-for-invited", "%s is kept for somebody who is invited; revoke the invitation first, or wait until it has expired", address)
	case errors.Is(err, storage.ErrConflict):
		return refuse(Conflict, "taken", "%s is an account or an alias already", address)
	case errors.As(err, &password):
		return refuse(Invalid, "password-refused", "this password cannot be used: %s", password.Reason)
	case errors.Is(err, account.ErrAddress):
		return refuse(Invalid, "address-reserved", "%s cannot be the address of an account", address)
	}
	return fmt.Errorf("%s %s: %w", operation, address, err)
}

// noun is the last word of an operation: "read account" is about an account.
func noun(operation string) string {
	for i := len(operation) - 1; i >= 0; i-- {
		if operation[i] == ' ' {
			return operation[i+1:]
		}
	}
	return operation
}

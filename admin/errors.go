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

// Error is a refused request. Text is one sentence for people that says what to do.
type Error struct {
	Kind Kind   `json:"kind"`
	Text string `json:"text"`
}

// Error is the text.
func (e *Error) Error() string { return e.Text }

func refuse(k Kind, format string, args ...any) error {
	return &Error{Kind: k, Text: fmt.Sprintf(format, args...)}
}

// stored turns what the store says about an address into an error for people; other errors keep their cause.
func stored(err error, operation, address string) error {
	var password *account.PasswordError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotFound):
		return refuse(NotFound, "there is no %s %s", noun(operation), address)
	case errors.Is(err, storage.ErrReserved):
		return refuse(Conflict, "%s is kept for somebody who is invited; revoke the invitation first, or wait until it has expired", address)
	case errors.Is(err, storage.ErrConflict):
		return refuse(Conflict, "%s is an account or an alias already", address)
	case errors.As(err, &password):
		return refuse(Invalid, "this password cannot be used: %s", password.Reason)
	case errors.Is(err, account.ErrAddress):
		return refuse(Invalid, "%s cannot be the address of an account", address)
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

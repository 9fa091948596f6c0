package account

import "fmt"

// FullError says that an account has as many of something as it may have. It is ErrAppPasswords or ErrCertificates (errors.Is).
type FullError struct {
	Of   error
	Most int // by the options of the account's domain
}

// Error says of what there are too many, and how many there may be.
func (e *FullError) Error() string { return fmt.Sprintf("%v: %d at most", e.Of, e.Most) }

// Unwrap returns of what there are too many.
func (e *FullError) Unwrap() error { return e.Of }

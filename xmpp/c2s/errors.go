package c2s

import (
	"errors"
	"strconv"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// appError is a stream error with an application-specific condition (RFC 6120 § 4.9.4).
type appError struct {
	err stream.Error
	app *xmpp.Element
}

// Error says the condition.
func (e *appError) Error() string { return e.err.Error() + ": " + e.app.Local }

// Unwrap lets errors.As find the stream.Error.
func (e *appError) Unwrap() error { return e.err }

// tooHigh is the error for a count of more stanzas than were sent (XEP-0198 § 4).
func tooHigh(h, sent uint32) error {
	return &appError{stream.UndefinedCondition, xmpp.El(ns.SM, "handled-count-too-high").
		Set("h", strconv.FormatUint(uint64(h), 10)).Set("send-count", strconv.FormatUint(uint64(sent), 10))}
}

// streamError is the error that a reading error shows to the client; ok is false when the connection is gone.
func streamError(err error) (e stream.Error, ok bool) {
	ok = errors.As(err, &e)
	return e, ok
}

// condition is the application-specific condition of an error, or nil.
func condition(err error) *xmpp.Element {
	var a *appError
	if errors.As(err, &a) {
		return a.app
	}
	return nil
}

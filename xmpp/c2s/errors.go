package c2s

import (
	"errors"
	"strconv"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// tooHigh is the error for a count of more stanzas than were sent (XEP-0198 § 4).
func tooHigh(h, sent uint32) error {
	return &hook.StreamError{Stream: stream.UndefinedCondition, App: xmpp.El(ns.SM, "handled-count-too-high").
		Set("h", strconv.FormatUint(uint64(h), 10)).Set("send-count", strconv.FormatUint(uint64(sent), 10))}
}

// streamError is the error that a reading error shows to the client; ok is false when the connection is gone.
func streamError(err error) (e stream.Error, ok bool) {
	ok = errors.As(err, &e)
	return e, ok
}

// condition is the application-specific condition of an error, or nil.
func condition(err error) *xmpp.Element {
	var a *hook.StreamError
	if errors.As(err, &a) {
		return a.App
	}
	return nil
}

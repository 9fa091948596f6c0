package registration

import (
	"context"
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
)

// coded is an error with the number that it had before there were conditions: XEP-0077 § 9 asks for both.
func coded(err error) error {
	var r *xmpp.Refusal
	if !errors.As(err, &r) {
		return err
	}
	c := *r
	c.Code = code(r.Stanza.Condition)
	return &c
}

// code is the number of a condition (XEP-0086 § 3), 0 for those that are not used here.
func code(c stanza.Condition) int {
	switch c {
	case stanza.BadRequest, stanza.UnexpectedRequest:
		return 400
	case stanza.NotAuthorized:
		return 401
	case stanza.Forbidden:
		return 403
	case stanza.NotAllowed:
		return 405
	case stanza.NotAcceptable:
		return 406
	case stanza.RegistrationRequired:
		return 407
	case stanza.Conflict:
		return 409
	case stanza.ResourceConstraint:
		return 500
	case stanza.ServiceUnavailable:
		return 503
	}
	return 0
}

// dated is a handler whose errors are coded.
func dated(h hook.RequestHandler) hook.RequestHandler {
	return func(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
		e, err := h(ctx, q)
		return e, coded(err)
	}
}

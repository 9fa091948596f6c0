package pubsub

import (
	"errors"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// failure is a stanza error with a condition of publish-subscribe beside it (XEP-0060 § 17.2).
func failure(c stanza.Condition, app, text string) *xmpp.Refusal {
	return xmpp.Refuse(c, text).WithApp(xmpp.El(ns.PubSubErrors, app))
}

// unsupported names the feature that is missing (XEP-0060 § 11).
func unsupported(feature string) error {
	return xmpp.Refuse(stanza.FeatureNotImplemented, "").
		WithApp(xmpp.El(ns.PubSubErrors, "unsupported").Set("feature", feature))
}

func noNode() error   { return xmpp.Refuse(stanza.ItemNotFound, "There is no such node.") }
func noItem() error   { return xmpp.Refuse(stanza.ItemNotFound, "There is no such item.") }
func noNodeID() error { return failure(stanza.BadRequest, "nodeid-required", "") }

func forbidden() error { return xmpp.Refuse(stanza.Forbidden, "") }

// invalidOptions is what a group of options is refused with that makes no sense for a node (XEP-0060 § 6.3.6.2).
func invalidOptions(text string) error {
	return failure(stanza.BadRequest, "invalid-options", text)
}

// impossible is what a configuration is refused with that cannot be (XEP-0248 § 7.2.3).
func impossible(text string) error { return failure(stanza.NotAllowed, "invalid-options", text) }

// refused tells whether an error is an answer, and not a failure of ours.
func refused(err error) bool {
	var r *xmpp.Refusal
	return errors.As(err, &r)
}

package pubsub

import (
	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// failure is a stanza error with a condition of publish-subscribe beside it (XEP-0060 § 12).
func failure(c stanza.Condition, app, text string) error {
	return xmpp.Refuse(c, text).WithApp(xmpp.El(ns.PubSubErrors, app))
}

// unsupported names the feature that is missing (XEP-0060 § 12).
func unsupported(feature string) error {
	return xmpp.Refuse(stanza.FeatureNotImplemented, "").
		WithApp(xmpp.El(ns.PubSubErrors, "unsupported").Set("feature", feature))
}

func noNode() error   { return xmpp.Refuse(stanza.ItemNotFound, "There is no such node.") }
func noItem() error   { return xmpp.Refuse(stanza.ItemNotFound, "There is no such item.") }
func noNodeID() error { return failure(stanza.BadRequest, "nodeid-required", "") }

func forbidden() error { return xmpp.Refuse(stanza.Forbidden, "") }

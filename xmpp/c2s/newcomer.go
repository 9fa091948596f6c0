package c2s

import (
	"errors"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxNewcomer is how many elements of a client are answered that has not signed in, those of signing in not counted.
const maxNewcomer = 32

// greet lists what clients are offered that have no account (XEP-0077 § 8): nothing where they cannot sign in.
func (st *clientStream) greet() []*xmpp.Element {
	n := st.srv.Registry.Newcomers
	if n == nil || len(st.mechanisms) == 0 {
		return nil
	}
	st.newcomer = hook.Newcomer{Domain: st.domain, Lang: st.lang, Remote: st.conn.Remote()}
	return n.Features(&st.newcomer)
}

// newcome answers an element of a client that has not signed in where a module does. What none answers ends the stream
// (RFC 6120 § 4.9.3.12: nothing before authentication).
func (st *clientStream) newcome(el *xmpp.Stanza) error {
	n := st.srv.Registry.Newcomers
	managed := el.Name.Space == ns.SM && (el.Name.Local == "enable" || el.Name.Local == "resume")
	if !managed && (n == nil || len(st.mechanisms) == 0 || el.Kind != xmpp.IQ && el.Kind != xmpp.NoStanza) {
		return stream.NotAuthorized
	}
	if st.newcomes++; st.newcomes > maxNewcomer {
		return stream.PolicyViolation
	}
	if managed { // XEP-0198 § 3: not before authentication
		return st.tell(smFailed("unexpected-request"))
	}
	e, err := el.Tree()
	if err != nil {
		return stream.BadFormat
	}
	if el.Kind == xmpp.IQ {
		return st.newRequest(n, el, e)
	}
	answers, err := n.Element(st.srv.ctx, &st.newcomer, e)
	if err != nil {
		return st.unserved(err)
	}
	if len(answers) == 0 {
		return nil
	}
	o := st.begin()
	for _, a := range answers {
		o.element(a)
	}
	return st.send(o)
}

// newRequest answers an IQ to the host (RFC 6120 § 8.2.3).
func (st *clientStream) newRequest(n hook.Newcomers, el *xmpp.Stanza, e *xmpp.Element) error {
	var payload *xmpp.Element
	children := 0
	for c := range e.Elements() {
		payload = c
		children++
	}
	to := e.Attr("to")
	if j, err := xmpp.ParseJID(to); to != "" && (err != nil || j.String() != st.domain) ||
		el.Type != xmpp.TypeGet && el.Type != xmpp.TypeSet || children != 1 || el.ID() == "" {
		return stream.NotAuthorized
	}
	result, err := n.Request(st.srv.ctx, &st.newcomer, el.Type, payload)
	if errors.Is(err, hook.ErrUnserved) {
		return stream.NotAuthorized
	}
	reply := xmpp.El(ns.Client, "iq").Set("type", xmpp.TypeResult).Set("from", st.domain).Set("id", el.ID()).Add(result)
	if err != nil {
		e, seen := xmpp.ErrorElement(err)
		if !seen {
			st.srv.Logger.Error("request of a newcomer failed", "stream", st.name(), "err", err)
		}
		reply.Set("type", xmpp.TypeError).Add(e)
	}
	return st.tell(reply)
}

// unserved is the stream error of what a module does not answer.
func (st *clientStream) unserved(err error) error {
	if errors.Is(err, hook.ErrUnserved) {
		return stream.NotAuthorized
	}
	if _, ok := streamError(err); ok {
		return err
	}
	st.srv.Logger.Error("element of a newcomer not answered", "stream", st.name(), "err", err)
	return stream.InternalServerError
}

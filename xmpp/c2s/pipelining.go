package c2s

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// versionOf announces the version of what is offered (XEP-0509 § 2.1): a client that knows it may sign in before it has seen
// the offer. It is a hash of all that is announced (§ 2.3.1), so that another offer has another one.
func (st *clientStream) versionOf(offer ...[]*xmpp.Element) *xmpp.Element {
	sum := sha256.New()
	for _, e := range slices.Concat(offer...) {
		if e != nil {
			sum.Write(e.Append(nil, ""))
		}
	}
	st.version = base64.RawURLEncoding.EncodeToString(sum.Sum(nil)[:18])
	return xmpp.El(ns.IAP, "config-version").Set("scheme", "opaque").Set("value", st.version)
}

// asOffered tells whether a client signs in on the ground of what is offered now (§ 2.2). Its error is a *SASLFailure, of which
// the client has seen the cause already: nothing was tried, so it does not count.
func (st *clientStream) asOffered(q *request) error {
	if q.version == nil || *q.version == st.version {
		return nil
	}
	return &SASLFailure{Condition: "aborted", App: xmpp.El(ns.IAP, "config-version-mismatch"), Again: true,
		Text: "Something else is offered now."}
}

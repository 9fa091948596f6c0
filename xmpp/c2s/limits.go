package c2s

import (
	"strconv"
	"time"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// limits announces the stream's limits (XEP-0478 § 3).
func (st *clientStream) limits() *xmpp.Element {
	e := xmpp.El(ns.Limits, "limits")
	cfg := &st.srv.Config
	if n := cfg.Limits.StanzaBytes; n > 0 {
		e.Add(xmpp.El(ns.Limits, "max-bytes").AddText(strconv.Itoa(n)))
	}
	if d := cfg.IdleTime; d > 0 {
		e.Add(xmpp.El(ns.Limits, "idle-seconds").AddText(strconv.Itoa(int(d / time.Second))))
	}
	return e
}

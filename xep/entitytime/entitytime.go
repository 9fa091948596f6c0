// Package entitytime tells the server's time (XEP-0202), in UTC as XEP-0082 writes it.
package entitytime

import (
	"context"
	"time"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Time is the module; Now is the clock.
type Time struct{ Now func() time.Time }

// Register names what it does.
func (t Time) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0202", Version: "2.0", Status: hook.Complete})
	r.Feature(hook.Server, ns.Time)
	r.IQ(hook.Server, xmpp.TypeGet, ns.Time, "time", t.answer) // § 3
}

func (t Time) answer(context.Context, *hook.Request) (*xmpp.Element, error) {
	return xmpp.El(ns.Time, "time",
		xmpp.El(ns.Time, "tzo").AddText("Z"),
		xmpp.El(ns.Time, "utc").AddText(t.Now().UTC().Format("2006-01-02T15:04:05Z"))), nil
}

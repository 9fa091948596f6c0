// Package ping answers pings (XEP-0199), so that a client can tell whether its server and its own connection are there.
package ping

import (
	"context"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Ping is the module. It has no state.
type Ping struct{}

// Register names what it does.
func (p Ping) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0199", Version: "2.0.1", Status: hook.Complete})
	r.Feature(hook.Server, ns.Ping)
	r.Feature(hook.Account, ns.Ping)
	r.IQ(hook.Server, xmpp.TypeGet, ns.Ping, "ping", pong)  // § 4.2
	r.IQ(hook.Account, xmpp.TypeGet, ns.Ping, "ping", pong) // § 4.2: a ping without to, or to the own bare address
}

func pong(context.Context, *hook.Request) (*xmpp.Element, error) { return nil, nil }

// Package version tells which software the server runs (XEP-0092).
package version

import (
	"context"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Version is the module.
type Version struct {
	Name    string
	Version string // what is told; the operating system never is
}

// Register names what it does.
func (v Version) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0092", Version: "1.1", Status: hook.Complete})
	r.Feature(hook.Server, ns.Version)
	r.IQ(hook.Server, xmpp.TypeGet, ns.Version, "query", v.answer) // § 2
}

func (v Version) answer(context.Context, *hook.Request) (*xmpp.Element, error) {
	return xmpp.El(ns.Version, "query",
		xmpp.El(ns.Version, "name").AddText(v.Name),
		xmpp.El(ns.Version, "version").AddText(v.Version)), nil
}

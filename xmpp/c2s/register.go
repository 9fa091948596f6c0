package c2s

import (
	"context"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Register names the specifications of client streams; what they do is negotiated, not registered, but for the session
// that RFC 3921 § 3 asked for.
func (s *Server) Register(r *hook.Registrar) {
	nothing := func(context.Context, *hook.Request) (*xmpp.Element, error) { return nil, nil }
	r.IQ(hook.Account, xmpp.TypeSet, ns.Session, "session", nothing)
	r.IQ(hook.Server, xmpp.TypeSet, ns.Session, "session", nothing)
	r.Protocol(hook.Protocol{Spec: "RFC 6120", Status: hook.Partial, Note: "clients; there are no links to other servers yet"})
	r.Protocol(hook.Protocol{Spec: "RFC 7395", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "RFC 7590", Status: hook.Complete, Note: "for clients"})
	r.Protocol(hook.Protocol{Spec: "XEP-0124", Version: "1.11.2", Status: hook.Complete, Note: "one stream a session, no compression of bodies"})
	r.Protocol(hook.Protocol{Spec: "XEP-0206", Version: "1.4", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0156", Version: "1.4.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0198", Version: "1.6.3", Status: hook.Complete, Note: "for clients"})
	r.Protocol(hook.Protocol{Spec: "XEP-0352", Version: "1.0.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0368", Version: "1.1.0", Status: hook.Complete, Note: "for clients"})
	r.Protocol(hook.Protocol{Spec: "XEP-0386", Version: "1.1.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0388", Version: "1.0.4", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0440", Version: "0.4.2", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0478", Version: "0.2.0", Status: hook.Complete, Note: "for clients"})
	r.Protocol(hook.Protocol{Spec: "XEP-0487", Version: "0.1.0", Status: hook.Complete, Note: "where host_meta.ips is set: direct TLS, WebSocket and BOSH of clients; no ways for servers, which this version has none for, and no ech"})
	r.Protocol(hook.Protocol{Spec: "XEP-0509", Version: "0.2.0", Status: hook.Complete, Note: "for clients"})
}

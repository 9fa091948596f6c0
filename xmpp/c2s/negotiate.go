package c2s

import (
	"time"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// maxAttempts is how often a client may try to sign in on one stream (RFC 6120 § 6.4.4).
const maxAttempts = 5

// negotiate brings a connection to a session, bound or resumed (RFC 6120 § 4.3). It is nil when that failed: the
// client has been told why.
func (st *clientStream) negotiate() *Session {
	if d := st.bounds.LoginTime; d > 0 {
		timer := time.AfterFunc(d, func() { st.srv.guard(st, func() { st.interrupt(stream.ConnectionTimeout) }) }) // RFC 6120 § 4.9.3.3
		defer timer.Stop()
	}
	for {
		if err := st.open(); err != nil {
			st.fail(err)
			return nil
		}
		session, err := st.features()
		if err != nil {
			st.fail(err)
			return nil
		}
		if session != nil {
			return session
		}
		st.restart() // RFC 6120 § 4.3.3, RFC 7395 § 3.7
	}
}

// open reads the client's stream header and answers it with ours and the features (RFC 6120 § 4.7).
func (st *clientStream) open() error {
	h, err := st.header()
	answer := wire.Header{Content: ns.Client, ID: xmpp.NewID(), Version: "1.0", Lang: "en"}
	if h != nil {
		answer.From, answer.To, st.lang = st.named(h.To), h.From, language(h.Lang)
	}
	if err == nil {
		err = st.accept(h)
	}
	if err != nil {
		// RFC 6120 § 4.9.1.2: an error during negotiation is sent inside a stream of ours.
		if _, ok := streamError(err); ok {
			if answer.From == "" {
				answer.From = st.domain
			}
			o := st.begin()
			o.header(&answer)
			st.send(o)
		}
		return err
	}
	answer.From = st.domain
	o := st.begin()
	o.header(&answer)
	o.features(st.offer())
	return st.send(o)
}

// offer lists the features of the stream in its present state (RFC 6120 § 4.3.2).
func (st *clientStream) offer() []*xmpp.Element {
	if !st.user.IsZero() {
		return append([]*xmpp.Element{
			xmpp.El(ns.Bind, "bind").Add(xmpp.El(ns.Bind, "required")),          // RFC 6120 § 7.4
			xmpp.El(ns.Session, "session").Add(xmpp.El(ns.Session, "optional")), // COMPAT(RFC 3921 clients): does nothing
			xmpp.El(ns.SM, "sm"),
		}, st.offerBound()...)
	}
	mechanisms := st.srv.Auth.Mechanisms(st.domain, st.from, st.conn)
	st.mechanisms, st.bindings = mechanisms, st.srv.Auth.ChannelBindings(st.conn)
	var f []*xmpp.Element
	if !st.conn.Secure() && canStartTLS(st.conn) {
		tls := xmpp.El(ns.StartTLS, "starttls")
		if len(mechanisms) == 0 {
			tls.Add(xmpp.El(ns.StartTLS, "required")) // RFC 6120 § 5.4.1
		}
		f = append(f, tls)
	}
	if len(mechanisms) > 0 {
		m := xmpp.El(ns.SASL, "mechanisms")
		for _, name := range mechanisms {
			m.Add(xmpp.El(ns.SASL, "mechanism").AddText(name))
		}
		f = append(f, m, st.authentication(mechanisms), st.channelBindings())
	}
	rest := append([]*xmpp.Element{st.limits()}, st.greet()...)
	if len(mechanisms) > 0 {
		f = append(f, st.versionOf(f, rest))
	}
	return append(f, rest...)
}

// offerBound lists the features that a stream with a resource has, too.
func (st *clientStream) offerBound() []*xmpp.Element {
	return append([]*xmpp.Element{xmpp.El(ns.CSI, "csi"), st.limits()}, st.srv.Registry.StreamFeatures(st.domain)...)
}

// channelBindings announces the types of channel binding (XEP-0440 § 2).
func (st *clientStream) channelBindings() *xmpp.Element {
	if len(st.bindings) == 0 {
		return nil
	}
	e := xmpp.El(ns.SASLCB, "sasl-channel-binding")
	for _, t := range st.bindings {
		e.Add(xmpp.El(ns.SASLCB, "channel-binding").Set("type", t))
	}
	return e
}

// features answers the client until the stream has to be restarted (nil, nil) or has a session.
func (st *clientStream) features() (*Session, error) {
	for {
		el, err := st.next()
		if err != nil {
			return nil, err
		}
		switch {
		case el.Name == xmpp.Name{Space: ns.StartTLS, Local: "starttls"}:
			return nil, st.startTLS()
		case el.Name.Space == ns.SASL && st.user.IsZero():
			ok, err := st.sasl(el)
			if ok || err != nil {
				return nil, err
			}
			if st.attempts >= maxAttempts {
				return nil, stream.PolicyViolation
			}
		case el.Name.Space == ns.SASL2 && st.user.IsZero(): // XEP-0388 § 4.8: a second time is an error of the stream
			session, err := st.authenticate(el)
			if session != nil || err != nil {
				return session, err
			}
			if st.attempts >= maxAttempts {
				return nil, stream.PolicyViolation
			}
		case st.user.IsZero():
			if err := st.newcome(el); err != nil {
				return nil, err
			}
		case el.Name == xmpp.Name{Space: ns.SM, Local: "resume"}:
			session, err := st.resume(el)
			if session != nil || err != nil {
				return session, err
			}
		case el.Kind == xmpp.IQ:
			session, err := st.bind(el)
			if session != nil || err != nil {
				return session, err
			}
		case el.Name == xmpp.Name{Space: ns.SM, Local: "enable"}:
			// XEP-0198 § 3: not before a resource is bound.
			if err := st.tell(smFailed("unexpected-request")); err != nil {
				return nil, err
			}
		default:
			return nil, stream.NotAuthorized // RFC 6120 § 7.1: nothing before a resource is bound
		}
	}
}

// startTLS upgrades the connection (RFC 6120 § 5.4.3). What came behind <starttls/> is dropped: it was sent without
// TLS and must not be taken for protected (§ 5.4.3.3).
func (st *clientStream) startTLS() error {
	sock, ok := st.conn.(StreamConn)
	if !ok || sock.Secure() || !st.user.IsZero() || !canStartTLS(sock) {
		st.tell(xmpp.El(ns.StartTLS, "failure"))
		return wire.ErrClosed // RFC 6120 § 5.4.2.2
	}
	st.release()
	if err := st.tell(xmpp.El(ns.StartTLS, "proceed")); err != nil {
		return err
	}
	return sock.StartTLS()
}

// canStartTLS tells whether there is TLS to start: never where the transport has its own (RFC 7395 § 3.9).
func canStartTLS(c Conn) bool {
	if _, ok := c.(StreamConn); !ok {
		return false
	}
	t, ok := c.(interface{ CanStartTLS() bool })
	return !ok || t.CanStartTLS()
}

// tell sends an element of the negotiation.
func (st *clientStream) tell(e *xmpp.Element) error {
	o := st.begin()
	o.element(e)
	return st.send(o)
}

package c2s

import (
	"strconv"
	"strings"
	"time"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// authentication announces signing in by XEP-0388, with what can be done inline (§ 2.1).
func (st *clientStream) authentication(mechanisms []string) *xmpp.Element {
	e := xmpp.El(ns.SASL2, "authentication")
	for _, name := range mechanisms {
		e.Add(xmpp.El(ns.SASL2, "mechanism").AddText(name))
	}
	inline := xmpp.El(ns.SASL2, "inline", xmpp.El(ns.SM, "sm"), st.binding())     // XEP-0198 § 9.2, XEP-0386 § 3.1
	if names := st.srv.Auth.TokenMechanisms(st.domain, st.conn); len(names) > 0 { // XEP-0484 § 3.1; there is no 0-RTT
		fast := xmpp.El(ns.FAST, "fast")
		for _, name := range names {
			fast.Add(xmpp.El(ns.FAST, "mechanism").AddText(name))
		}
		inline.Add(fast)
	}
	e.Add(inline)
	for _, task := range st.srv.Auth.Upgrades(st.domain) { // XEP-0480 § 2.1
		e.Add(xmpp.El(ns.SASLUpgrade, "upgrade").AddText(task))
	}
	return e
}

// request is what a client wants when it signs in by XEP-0388 (§ 2.3).
type request struct {
	mechanism string
	response  []byte // nil: none
	client    Client
	resume    *xmpp.Element // XEP-0198 § 9.2
	bind      *xmpp.Element // XEP-0386 § 3.2
	redeem    *Redemption   // XEP-0484 § 3.4; nil: it has no token
	upgrades  []string      // XEP-0480 § 2.2
	version   *string       // of the offer that it knows (XEP-0509 § 2.2); nil: it does not say
	token     string        // the mechanism that it wants a token for (XEP-0484 § 3.2); "" for none
}

// authenticate lets the client try to sign in by XEP-0388, and binds or resumes a session where it asks for that. It is
// nil, nil for a client that has failed and may try again, and for one that has signed in and still has to bind.
func (st *clientStream) authenticate(el *xmpp.Stanza) (*Session, error) {
	if el.Name.Local != "authenticate" {
		return nil, stream.NotAuthorized // a response to nothing
	}
	q, err := parseRequest(el)
	if err == nil {
		err = st.asOffered(q)
	}
	if err != nil {
		return nil, st.saslFailure(ns.SASL2, err)
	}
	a := st.attempt(q.mechanism)
	a.From, a.Client, a.Redeem = st.from, q.client, q.redeem
	x, err := st.srv.Auth.Begin(a)
	if err != nil {
		return nil, st.saslFailure(ns.SASL2, err)
	}
	data, ok, err := st.steps(ns.SASL2, x, q.response, nil)
	if ok {
		data, ok, err = st.upgrade(q, x, data)
	}
	if !ok {
		return nil, err // § 2.6.2: nothing of what it asked for inline is looked at
	}
	st.admit(x.JID())
	return st.welcome(q, data, st.tokenFor(q, x))
}

// parseRequest reads <authenticate/>. Its error is a *SASLFailure.
func parseRequest(el *xmpp.Stanza) (*request, error) {
	q := &request{mechanism: xmpp.Unescape(el.Attr("mechanism"))}
	seen := map[xmpp.Name]bool{}
	for i := range el.Children {
		c := &el.Children[i]
		name := xmpp.Name{Space: c.Space, Local: c.Local}
		var err error
		switch name {
		case xmpp.Name{Space: ns.SASL2, Local: "initial-response"}:
			err = q.child(el, c, func(e *xmpp.Element) (err error) {
				q.response, err = decodeText(strings.TrimSpace(e.Text())) // § 2.2: one of no bytes is there, too
				return err
			})
		case xmpp.Name{Space: ns.SASL2, Local: "user-agent"}:
			err = q.child(el, c, q.client.read)
		case xmpp.Name{Space: ns.SM, Local: "resume"}:
			err = q.child(el, c, func(e *xmpp.Element) error { q.resume = e; return nil })
		case xmpp.Name{Space: ns.Bind2, Local: "bind"}:
			err = q.child(el, c, func(e *xmpp.Element) error { q.bind = e; return nil })
		case xmpp.Name{Space: ns.SASLUpgrade, Local: "upgrade"}: // as often as there are tasks
			if err := q.child(el, c, q.readUpgrade); err != nil {
				return nil, err
			}
			continue
		case xmpp.Name{Space: ns.IAP, Local: "config-version"}:
			err = q.child(el, c, func(e *xmpp.Element) error { v := e.Attr("value"); q.version = &v; return nil })
		case xmpp.Name{Space: ns.FAST, Local: "fast"}:
			err = q.child(el, c, q.readFast)
		case xmpp.Name{Space: ns.FAST, Local: "request-token"}:
			err = q.child(el, c, func(e *xmpp.Element) error { q.token = e.Attr("mechanism"); return nil })
		default:
			continue
		}
		if err == nil && seen[name] {
			err = &SASLFailure{Condition: "malformed-request", Text: "The same is asked for twice."}
		}
		if err != nil {
			return nil, err
		}
		seen[name] = true
	}
	return q, nil
}

func (q *request) child(el *xmpp.Stanza, c *xmpp.Child, read func(*xmpp.Element) error) error {
	e, err := el.Element(c)
	if err != nil {
		return &SASLFailure{Condition: "malformed-request"}
	}
	return read(e)
}

// readFast reads what is said about a token (XEP-0484 § 3.4, § 3.6).
func (q *request) readFast(e *xmpp.Element) error {
	q.redeem = &Redemption{Invalidate: isTrue(e.Attr("invalidate"))}
	if v, ok := e.LookupAttr("", "count"); ok {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n <= 0 {
			return &SASLFailure{Condition: "malformed-request", Text: "The count is no positive number."}
		}
		q.redeem.Count = n
	}
	return nil
}

// isTrue reads a boolean of XML Schema.
func isTrue(s string) bool { return s == "true" || s == "1" }

// tokenFor is the token that goes with success, nil for none (XEP-0484 § 3.3).
func (st *clientStream) tokenFor(q *request, x Exchange) *xmpp.Element {
	text, expires := x.Token(st.srv.ctx, q.token)
	if text == "" {
		return nil
	}
	return xmpp.El(ns.FAST, "token").Set("expiry", expires.UTC().Format(time.RFC3339)).Set("token", text)
}

// maxAgent bounds what is kept of a client's description of itself.
const maxAgent = 256

func (k *Client) read(e *xmpp.Element) error {
	if id, ok := e.LookupAttr("", "id"); ok {
		if !isUUID(id) {
			return &SASLFailure{Condition: "malformed-request", Text: "The id of the user agent is no UUID."}
		}
		k.ID = strings.ToLower(id)
	}
	k.Software = cut(e.ChildText(ns.SASL2, "software"), maxAgent)
	k.Device = cut(e.ChildText(ns.SASL2, "device"), maxAgent)
	return nil
}

// isUUID follows the pattern of XEP-0388 § 8; the version is not looked at.
func isUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i] | 0x20; {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if s[i] != '-' {
				return false
			}
		case s[i] >= '0' && s[i] <= '9', c >= 'a' && c <= 'f':
		default:
			return false
		}
	}
	return true
}

// cut is the beginning of a text, whole characters of at most n bytes.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "")
}

// welcome tells a client that it has signed in, with what came of what it asked for: first a resumption (XEP-0198
// § 9.2), then a binding. token goes with it.
func (st *clientStream) welcome(q *request, data []byte, token *xmpp.Element) (*Session, error) {
	success := func(j xmpp.JID, inline ...*xmpp.Element) *xmpp.Element {
		e := xmpp.El(ns.SASL2, "success")
		if data != nil { // § 2.6.1
			e.Add(saslData(ns.SASL2, "additional-data", data))
		}
		return e.Add(xmpp.El(ns.SASL2, "authorization-identifier").AddText(j.String())).Add(inline...).Add(token)
	}
	var failed *xmpp.Element
	if q.resume != nil {
		var s *Session
		var err error
		// No features follow: the stream goes on as it was.
		s, failed, err = st.takeUp(q.resume.Attr("previd"), q.resume.Attr("h"),
			func(j xmpp.JID, resumed *xmpp.Element) *xmpp.Element { return success(j, resumed) })
		if failed == nil {
			return s, err // XEP-0386 § 3.2: what it wanted to bind is ignored
		}
	}
	if q.bind != nil {
		return st.bind2(q, func(j xmpp.JID, bound *xmpp.Element) *xmpp.Element { return success(j, failed, bound) })
	}
	o := st.begin()
	o.element(success(st.user, failed))
	o.features(st.offer()) // XEP-0388 § 2.6.1: at once, and the stream is not restarted
	return nil, st.send(o)
}

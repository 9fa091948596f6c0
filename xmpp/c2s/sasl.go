package c2s

import (
	"encoding/base64"
	"errors"
	"strings"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// maxSASL bounds what a client sends in one step, before decoding.
const maxSASL = 24 << 10

// maxAgain is how many attempts do not count that no password was tried with: one for each mechanism that there is.
const maxAgain = 8

// sasl lets the client try to sign in (RFC 6120 § 6.4). ok means that it has, and that the stream has to be restarted;
// a client that failed may try again.
func (st *clientStream) sasl(el *xmpp.Stanza) (ok bool, err error) {
	if el.Name.Local != "auth" {
		return false, stream.NotAuthorized // a response to nothing
	}
	mechanism := xmpp.Unescape(el.Attr("mechanism"))
	x, err := st.srv.Auth.Begin(st.attempt(mechanism))
	if err != nil {
		return false, st.saslFailure(ns.SASL, err)
	}
	response, err := decodeResponse(el) // nil where there is none, empty where the client sent "="
	data, ok, err := st.steps(ns.SASL, x, response, err)
	if !ok && err == nil && mechanism == "EXTERNAL" {
		return false, wire.ErrClosed // XEP-0178 § 2, step 11: another certificate needs another connection
	}
	if !ok {
		return false, err
	}
	st.admit(x.JID())
	return true, st.tell(saslData(ns.SASL, "success", data))
}

func (st *clientStream) attempt(mechanism string) Attempt {
	return Attempt{Domain: st.domain, Mechanism: mechanism, Mechanisms: st.mechanisms, Bindings: st.bindings, Conn: st.conn}
}

// steps brings an attempt to its end, in the syntax of a namespace: RFC 6120 § 6.4 or XEP-0388. err is a mistake in the
// first response. ok tells that the client has signed in, which is still to be said, with data; one that failed was told
// so.
func (st *clientStream) steps(space string, x Exchange, response []byte, err error) (data []byte, ok bool, _ error) {
	for {
		if err != nil {
			return nil, false, st.saslFailure(space, err)
		}
		challenge, done, serr := x.Step(st.srv.ctx, response)
		if serr != nil {
			return nil, false, st.saslFailure(space, serr)
		}
		if done {
			return challenge, true, nil
		}
		if werr := st.tell(saslData(space, "challenge", challenge)); werr != nil {
			return nil, false, werr
		}
		el, nerr := st.next()
		if nerr != nil {
			return nil, false, nerr
		}
		switch el.Name {
		case xmpp.Name{Space: space, Local: "response"}:
			response, err = decodeResponse(el)
			if err == nil && response == nil {
				response = []byte{} // RFC 6120 § 6.4.3: an empty response is a response
			}
		case xmpp.Name{Space: space, Local: "abort"}: // RFC 6120 § 6.4.4, XEP-0388 § 4.5
			err = &SASLFailure{Condition: "aborted"}
		default:
			return nil, false, stream.NotAuthorized // XEP-0388 § 2.4: nothing else in between
		}
	}
}

// saslFailure tells of a failure in the syntax of a namespace (RFC 6120 § 6.5, XEP-0388 § 2.6.2).
func (st *clientStream) saslFailure(space string, err error) error {
	var f *SASLFailure
	if !errors.As(err, &f) {
		return err
	}
	if f.Again && st.again < maxAgain {
		st.again++
	} else {
		st.attempts++
	}
	e := xmpp.El(space, "failure").Add(xmpp.El(ns.SASL, f.Condition), f.App)
	if f.Text != "" {
		t := xmpp.El(space, "text").AddText(f.Text)
		if space == ns.SASL {
			t.Attrs = append(t.Attrs, xmpp.Attr{Space: ns.XML, Local: "lang", Value: "en"})
		}
		e.Add(t)
	}
	return st.tell(e)
}

// decodeResponse is what an element holds: nil for an empty one of RFC 6120.
func decodeResponse(el *xmpp.Stanza) ([]byte, error) {
	if len(el.Children) > 0 {
		return nil, &SASLFailure{Condition: "malformed-request"}
	}
	text := string(el.Raw[el.Content.Start:el.Content.End])
	if el.Name.Space == ns.SASL2 {
		return decodeText(strings.TrimSpace(text)) // XEP-0388 § 2.2: empty is empty
	}
	switch text {
	case "":
		return nil, nil
	case "=":
		return []byte{}, nil // RFC 6120 § 6.4.2, § 6.4.3
	}
	return decodeText(text)
}

func decodeText(text string) ([]byte, error) {
	if len(text) > maxSASL {
		return nil, &SASLFailure{Condition: "malformed-request"}
	}
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil {
		return nil, &SASLFailure{Condition: "incorrect-encoding"} // RFC 6120 § 6.5.5
	}
	return b, nil
}

// saslData is a challenge or success with data; data of no bytes is told from none (RFC 6120 § 6.4.3, § 6.4.6).
func saslData(space, local string, data []byte) *xmpp.Element {
	e := xmpp.El(space, local)
	if len(data) > 0 {
		return e.AddText(base64.StdEncoding.EncodeToString(data))
	}
	if data != nil && space == ns.SASL && local == "success" {
		return e.AddText("=")
	}
	return e
}

package c2s

import (
	"encoding/base64"
	"errors"

	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
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
	x, err := st.srv.Auth.Begin(st.domain, xmpp.Unescape(el.Attr("mechanism")), st.conn)
	if err != nil {
		return false, st.saslFailure(err)
	}
	response, err := decodeResponse(el) // nil where there is none, empty where the client sent "="
	for {
		if err != nil {
			return false, st.saslFailure(err)
		}
		challenge, done, serr := x.Step(st.srv.ctx, response)
		if serr != nil {
			return false, st.saslFailure(serr)
		}
		if done {
			st.user = x.JID()
			return true, st.tell(saslData("success", challenge))
		}
		if werr := st.tell(saslData("challenge", challenge)); werr != nil {
			return false, werr
		}
		if el, err = st.next(); err != nil {
			return false, err
		}
		switch el.Name {
		case xmpp.Name{Space: ns.SASL, Local: "response"}:
			response, err = decodeResponse(el)
			if err == nil && response == nil {
				response = []byte{} // RFC 6120 § 6.4.3: an empty response is a response
			}
		case xmpp.Name{Space: ns.SASL, Local: "abort"}: // § 6.4.4
			err = &SASLFailure{Condition: "aborted"}
		default:
			return false, stream.NotAuthorized
		}
	}
}

func (st *clientStream) saslFailure(err error) error {
	var f *SASLFailure
	if !errors.As(err, &f) {
		return err
	}
	if f.Again && st.again < maxAgain {
		st.again++
	} else {
		st.attempts++
	}
	e := xmpp.El(ns.SASL, "failure").Add(xmpp.El(ns.SASL, f.Condition))
	if f.Text != "" {
		t := xmpp.El(ns.SASL, "text").AddText(f.Text)
		t.Attrs = append(t.Attrs, xmpp.Attr{Space: ns.XML, Local: "lang", Value: "en"})
		e.Add(t)
	}
	return st.tell(e)
}

func decodeResponse(el *xmpp.Stanza) ([]byte, error) {
	text := el.Raw[el.Content.Start:el.Content.End]
	if len(text) == 0 {
		return nil, nil
	}
	if string(text) == "=" {
		return []byte{}, nil // RFC 6120 § 6.4.2, § 6.4.3
	}
	if len(text) > maxSASL || len(el.Children) > 0 {
		return nil, &SASLFailure{Condition: "malformed-request"}
	}
	b, err := base64.StdEncoding.Strict().DecodeString(string(text))
	if err != nil {
		return nil, &SASLFailure{Condition: "incorrect-encoding"} // RFC 6120 § 6.5.5
	}
	return b, nil
}

// saslData is a challenge or success with data; data of no bytes is told from none (RFC 6120 § 6.4.3, § 6.4.6).
func saslData(local string, data []byte) *xmpp.Element {
	e := xmpp.El(ns.SASL, local)
	if len(data) > 0 {
		return e.AddText(base64.StdEncoding.EncodeToString(data))
	}
	if data != nil && local == "success" {
		return e.AddText("=")
	}
	return e
}

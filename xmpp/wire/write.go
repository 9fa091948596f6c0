package wire

import (
	"mellium.im/xmpp/stream"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Framing is how elements stand on a transport.
type Framing bool

const (
	// Streamed is a stream as RFC 6120 has it: its header declares the content namespace and the prefix stream.
	Streamed Framing = false
	// Framed is a transport that carries one whole element at a time, like RFC 7395.
	Framed Framing = true
)

// space is the default namespace inside the elements of the stream itself.
func (f Framing) space() string {
	if f == Framed {
		return ""
	}
	return ns.Client
}

// End is the end tag of a stream whose header Header.Append has written (RFC 6120 § 4.4).
const End = "</stream:stream>"

// AppendFeatures writes the features of a stream behind dst (RFC 6120 § 4.3.2). Nil features are left out.
func AppendFeatures(dst []byte, features []*xmpp.Element, f Framing) []byte {
	dst = appendStreamTag(dst, "features", f)
	for _, e := range features {
		if e != nil {
			dst = e.Append(dst, f.space())
		}
	}
	return append(dst, "</stream:features>"...)
}

// AppendStreamError writes a stream error behind dst (RFC 6120 § 4.9.2), without the end of the stream that must
// follow it. app is an application-specific condition (§ 4.9.4) or nil.
func AppendStreamError(dst []byte, err stream.Error, app *xmpp.Element, f Framing) []byte {
	dst = appendStreamTag(dst, "error", f)
	dst = xmpp.El(ns.Streams, err.Err).AddText(err.Content).Append(dst, f.space())
	for _, t := range err.Text {
		e := xmpp.El(ns.Streams, "text").AddText(t.Value)
		if t.Lang != "" {
			e.Attrs = append(e.Attrs, xmpp.Attr{Space: ns.XML, Local: "lang", Value: t.Lang})
		}
		dst = e.Append(dst, f.space())
	}
	if app != nil {
		dst = app.Append(dst, f.space())
	}
	return append(dst, "</stream:error>"...)
}

// appendStreamTag begins an element of the stream itself. Where no header has declared the prefix, the element does
// (RFC 7395 § 3.3.1).
func appendStreamTag(dst []byte, local string, f Framing) []byte {
	dst = append(dst, "<stream:"...)
	dst = append(dst, local...)
	if f == Framed {
		dst = appendAttr(dst, "xmlns:stream", ns.Stream)
	}
	return append(dst, '>')
}

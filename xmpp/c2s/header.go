package c2s

import (
	"strconv"
	"strings"

	"mellium.im/xmpp/stream"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// accept checks a stream header.
func (st *clientStream) accept(h *wire.Header) error {
	if h.Content != ns.Client {
		return stream.InvalidNamespace // RFC 6120 § 4.8.2
	}
	if !supported(h.Version) {
		return stream.UnsupportedVersion // RFC 6120 § 4.7.5
	}
	if h.To == "" {
		return stream.ImproperAddressing // RFC 6120 § 4.7.2, § 4.9.3.7
	}
	to := st.named(h.To)
	if to == "" {
		return stream.HostUnknown // RFC 6120 § 4.9.3.6
	}
	if st.domain != "" && st.domain != to && !st.user.IsZero() {
		return stream.HostUnknown // who has signed in at one host cannot go on at another
	}
	st.from = xmpp.JID{}
	if h.From != "" { // RFC 6120 § 4.7.1, § 4.9.3.9; XEP-0388 § 2.1 on its domain
		from, err := xmpp.ParseJID(h.From)
		if err != nil || from.Domain() != to || !st.user.IsZero() && from.Bare() != st.user {
			return stream.InvalidFrom
		}
		st.from = from.Bare()
	}
	st.domain = to
	return nil
}

// named is the host that a header asks for, if it is one of ours. Another name is not repeated: a stream is from a host of
// the server, or from nobody (RFC 6120 § 4.9.1.3).
func (st *clientStream) named(to string) string {
	j, err := xmpp.ParseJID(to)
	if err != nil || j.Local() != "" || !j.IsBare() {
		return ""
	}
	if t, ok := st.srv.Router.Target(j.Domain()); !ok || t != hook.Server {
		return ""
	}
	return j.Domain()
}

// supported tells whether a version is 1.0 or a later one, which then speaks 1.0 (RFC 6120 § 4.7.5). Without a version
// the client is older than XMPP.
func supported(version string) bool {
	major, minor, ok := strings.Cut(version, ".")
	if !ok {
		return false
	}
	n, err := strconv.ParseUint(major, 10, 16)
	_, err2 := strconv.ParseUint(minor, 10, 16)
	return err == nil && err2 == nil && n >= 1
}

// language is a language tag that is fit to be written into stanzas, or "" (RFC 5646 § 2.1).
func language(tag string) string {
	if len(tag) > 35 { // RFC 5646 § 4.4.1
		return ""
	}
	for i := 0; i < len(tag); i++ {
		c := tag[i] | 0x20
		if !(c >= 'a' && c <= 'z' || tag[i] >= '0' && tag[i] <= '9' || tag[i] == '-') {
			return ""
		}
	}
	return tag
}

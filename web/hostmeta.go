package web

import (
	"encoding/json"
	"encoding/xml"
	"net"
	"net/http"
	"strings"

	"myna/xmpp/transport"
)

// Where clients expect streams over HTTP.
const (
	pathWebSocket = "/xmpp-websocket"
	pathBOSH      = "/http-bind"
)

// Links says how clients reach us, for those that look for streams over HTTP (XEP-0156).
type Links struct {
	Base      func(domain string) string // of a mail domain: "https://upload.example.com:5443"
	Fixed     bool                       // Base is what the operator says
	HTTPSPort string                     // of our listener; "": there is none
	Names     map[string]string          // the names of ours, in small letters, with the mail domain of each
	// Alternatives are all ways to us, as they are now; nil where the operator does not say (XEP-0487). Nil: never.
	Alternatives func() *Alternatives
}

// hostMeta answers those that look.
type hostMeta struct {
	Links
	front     *transport.LiveFront
	hosts     []string
	websocket string // the path; "": there is none
	bosh      string // likewise
}

// The relations of links (XEP-0156 § 2.1).
const (
	relWebSocket = "urn:xmpp:alt-connections:websocket"
	relBOSH      = "urn:xmpp:alt-connections:xbosh"
)

type link struct {
	Rel  string `xml:"rel,attr" json:"rel"`
	Href string `xml:"href,attr" json:"href"`
}

// list returns the links for a request.
func (l *hostMeta) list(r *http.Request) []link {
	links := []link{}
	if l.bosh == "" && l.websocket == "" {
		return links
	}
	base := l.base(r)
	if l.bosh != "" {
		links = append(links, link{relBOSH, base + l.bosh})
	}
	if l.websocket != "" {
		links = append(links, link{relWebSocket, "ws" + strings.TrimPrefix(base, "http") + l.websocket})
	}
	return links
}

// base is the address that the client reaches us at, without a slash at the end. Links are to https (XEP-0156 § 2.2), but on a
// machine that has nothing else, for itself. Who came to us by TLS of ours is sent where he came to. Who came through a proxy
// may have come to a web server that hands us nothing but this: he is sent to our own listener where there is one. Nobody
// makes us hand out links to a machine of his.
func (l *hostMeta) base(r *http.Request) string {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = strings.Trim(r.Host, "[]"), ""
	}
	domain, ours := l.domain(r)
	local := loopback(host)
	switch {
	case l.Fixed || !ours && !local:
		return l.Base(domain)
	case r.TLS != nil:
		return address("https", host, port)
	case l.HTTPSPort != "" && local:
		return address("https", host, l.HTTPSPort)
	case l.HTTPSPort != "":
		return l.Base(domain)
	case r.Header.Get("X-Forwarded-Proto") != "" && l.front.Load().Proxies.Peer(r).Encrypted:
		return address("https", host, port)
	case local:
		return address("http", host, port)
	}
	return l.Base(domain)
}

// domain is the mail domain that a request is about: that of the name that it was sent to, if that is one of ours, else the first.
func (l *hostMeta) domain(r *http.Request) (domain string, ours bool) {
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	if domain, ours = l.Names[strings.ToLower(host)]; !ours {
		domain = l.hosts[0]
	}
	return domain, ours
}

// address is an origin.
func address(scheme, host, port string) string {
	if port != "" && port != "443" {
		host = net.JoinHostPort(host, port)
	} else if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	return scheme + "://" + host
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// xrd answers with XML (XEP-0156 § 2.2, RFC 6415 § 3).
func (l *hostMeta) xrd(w http.ResponseWriter, r *http.Request) {
	doc := struct {
		XMLName xml.Name `xml:"http://docs.oasis-open.org/ns/xri/xrd-1.0 XRD"`
		Links   []link   `xml:"Link"`
	}{Links: l.list(r)}
	b, err := xml.MarshalIndent(doc, "", "  ")
	l.answer(w, "application/xrd+xml; charset=utf-8", append([]byte(xml.Header), append(b, '\n')...), err)
}

// jrd answers with JSON (XEP-0156 § 2.2, RFC 6415 Appendix A), and with all ways to us where they are known (XEP-0487 § 2.1).
func (l *hostMeta) jrd(w http.ResponseWriter, r *http.Request) {
	links := l.list(r)
	var doc any = struct {
		Links []link `json:"links"`
	}{links}
	if l.Alternatives != nil {
		if all := l.Alternatives(); all != nil {
			domain, _ := l.domain(r)
			if more, ok := all.document(domain, links); ok {
				doc = more
			}
		}
	}
	b, err := json.MarshalIndent(doc, "", "  ")
	l.answer(w, "application/json", append(b, '\n'), err)
}

func (l *hostMeta) answer(w http.ResponseWriter, kind string, b []byte, err error) {
	if err != nil {
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Access-Control-Allow-Origin", "*") // XEP-0156 § 3: pages of all hosts may look
	h.Set("X-Content-Type-Options", "nosniff")
	w.Write(b)
}

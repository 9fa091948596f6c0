// Package caps computes entity capabilities: the verification string of a disco#info result (XEP-0115), or its hashes
// (XEP-0390), by which whoever knows them knows what the other can do.
package caps

import (
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"slices"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Ver is the verification string of a disco#info result with the hash that everyone knows, SHA-1 (XEP-0115 § 5.1).
func Ver(info *xmpp.Element) string { return sum(sha1.New(), info) }

// Verify tells whether a disco#info result is what a verification string stands for (XEP-0115 § 5.4). Results that name
// a feature or an identity twice, and hashes that are not known, are not.
func Verify(info *xmpp.Element, algorithm, ver string) bool {
	if repeated(info) {
		return false
	}
	switch algorithm {
	case "sha-1":
		return sum(sha1.New(), info) == ver
	case "sha-256":
		return sum(sha256.New(), info) == ver
	case "sha-512":
		return sum(sha512.New(), info) == ver
	}
	return false
}

func sum(h hash.Hash, info *xmpp.Element) string {
	ids, features, forms := parts(info)
	h.Write([]byte(strings.Join(ids, "") + strings.Join(features, "") + strings.Join(forms, "")))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// repeated tells whether a result is ill-formed: something is in it twice (XEP-0115 § 5.4, 3.3 to 3.5).
func repeated(info *xmpp.Element) bool {
	ids, features, forms := parts(info)
	for _, s := range slices.Concat(ids, features) {
		if strings.IndexByte(s, '<') < len(s)-1 { // one name that hashes like two
			return true
		}
	}
	for _, list := range [][]string{ids, features, forms} {
		if len(slices.Compact(list)) < len(list) {
			return true
		}
	}
	return false
}

// parts are what is hashed, each kind sorted: by the names themselves, before they are closed by the "<" that sorts behind "#" and "+".
func parts(info *xmpp.Element) (ids, features, forms []string) {
	var who []identity
	var data []typed
	for e := range info.Elements() {
		switch {
		case e.Is(ns.DiscoInfo, "identity"):
			lang, _ := e.LookupAttr(ns.XML, "lang")
			who = append(who, identity{e.Attr("category"), e.Attr("type"), lang, e.Attr("name")})
		case e.Is(ns.DiscoInfo, "feature"):
			features = append(features, e.Attr("var"))
		case e.Is(ns.DataForm, "x"):
			if f := formOf(e); f.text != "" {
				data = append(data, f)
			}
		}
	}
	slices.SortFunc(who, func(a, b identity) int { return slices.Compare(a[:], b[:]) }) // step 2, 3
	for _, i := range who {
		ids = append(ids, strings.Join(i[:], "/")+"<")
	}
	return ids, closed(features), texts(data) // step 4, 5; 6, 7
}

// identity has category, type, language and name.
type identity [4]string

// typed is a form with its type, or a field with its name, and the text that is hashed.
type typed struct{ name, text string }

// texts are those of a list, sorted by name.
func texts(list []typed) (all []string) {
	slices.SortFunc(list, func(a, b typed) int {
		return cmp.Or(strings.Compare(a.name, b.name), strings.Compare(a.text, b.text))
	})
	for _, t := range list {
		all = append(all, t.text)
	}
	return all
}

// closed sorts a list, and then closes each of its strings.
func closed(list []string) []string {
	slices.Sort(list)
	for i := range list {
		list[i] += "<"
	}
	return list
}

// formOf is a form as the verification string has it: its type first, then fields by name with their sorted values. The text is
// empty where the form is left out: it has no hidden type (§ 5.4).
func formOf(form *xmpp.Element) (x typed) {
	var typ string
	var fields []typed
	for f := range form.Elements() {
		if !f.Is(ns.DataForm, "field") {
			continue
		}
		var values []string
		for v := range f.Elements() {
			if v.Is(ns.DataForm, "value") {
				values = append(values, v.Text())
			}
		}
		text := strings.Join(closed(values), "")
		if f.Attr("var") == "FORM_TYPE" && f.Attr("type") == "hidden" {
			x.name, typ = strings.TrimSuffix(text, "<"), text
			continue
		}
		fields = append(fields, typed{f.Attr("var"), f.Attr("var") + "<" + text})
	}
	if typ != "" {
		x.text = typ + strings.Join(texts(fields), "")
	}
	return x
}

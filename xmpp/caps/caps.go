// Package caps computes entity capabilities: the verification string of a disco#info result (XEP-0115), or its hashes
// (XEP-0390), by which whoever knows them knows what the other can do.
package caps

import (
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"slices"
	"sort"
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

// parts are what is hashed, each kind sorted.
func parts(info *xmpp.Element) (ids, features, forms []string) {
	for e := range info.Elements() {
		switch {
		case e.Is(ns.DiscoInfo, "identity"): // step 2, 3
			lang, _ := e.LookupAttr(ns.XML, "lang")
			ids = append(ids, e.Attr("category")+"/"+e.Attr("type")+"/"+lang+"/"+e.Attr("name")+"<")
		case e.Is(ns.DiscoInfo, "feature"): // step 4, 5
			features = append(features, e.Attr("var")+"<")
		case e.Is(ns.DataForm, "x"): // step 6, 7
			if f := formText(e); f != "" {
				forms = append(forms, f)
			}
		}
	}
	sort.Strings(ids)
	sort.Strings(features)
	sort.Strings(forms)
	return ids, features, forms
}

// formText is a form as the verification string has it: its type first, then fields by name with their sorted values.
func formText(form *xmpp.Element) string {
	var typ string
	var fields []string
	for f := range form.Elements() {
		if !f.Is(ns.DataForm, "field") {
			continue
		}
		var values []string
		for v := range f.Elements() {
			if v.Is(ns.DataForm, "value") {
				values = append(values, v.Text()+"<")
			}
		}
		slices.Sort(values)
		if f.Attr("var") == "FORM_TYPE" && f.Attr("type") == "hidden" {
			typ = strings.Join(values, "")
			continue
		}
		fields = append(fields, f.Attr("var")+"<"+strings.Join(values, ""))
	}
	if typ == "" {
		return "" // § 5.4: a form without a hidden type is left out
	}
	slices.Sort(fields)
	return typ + strings.Join(fields, "")
}

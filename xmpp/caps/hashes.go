package caps

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha3"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"hash"
	"slices"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// The separators of XEP-0390 § 4.1: characters that XML does not have, so that no name can look like two.
const (
	endOfPart  = 0x1c
	endOfForm  = 0x1d
	endOfEntry = 0x1e
	endOfText  = 0x1f
)

// Hashes is the capability hash set of a disco#info result (XEP-0390 § 4.2): a <c/> with the hashes that everyone has to
// know (XEP-0300 § 3.2). It is nil for a result that cannot be hashed.
func Hashes(info *xmpp.Element) *xmpp.Element {
	c := xmpp.El(ns.Caps2, "c")
	for _, algo := range [...]string{"sha-256", "sha3-256"} {
		sum, err := Hash(info, algo)
		if err != nil {
			return nil
		}
		c.Add(xmpp.El(ns.Hashes, "hash").Set("algo", algo).AddText(sum))
	}
	return c
}

// HashNode is the node by which one of the hashes is asked for (XEP-0390 § 4.3).
func HashNode(algo, sum string) string { return ns.Caps2 + "#" + algo + "." + sum }

// Hash is a hash of a disco#info result in Base64 (XEP-0390 § 4.1). It is an error when the algorithm, by its name of
// XEP-0300, is not known, or when there is something in the result that the hash would not cover.
func Hash(info *xmpp.Element, algo string) (string, error) {
	h := newHash(algo)
	if h == nil {
		return "", errors.New("hash capabilities: unknown algorithm")
	}
	input, err := hashInput(info)
	if err != nil {
		return "", err
	}
	h.Write(input)
	return base64.StdEncoding.EncodeToString(h.Sum(nil)), nil
}

func newHash(algo string) hash.Hash {
	switch algo {
	case "sha-256":
		return sha256.New()
	case "sha-512":
		return sha512.New()
	case "sha3-256":
		return sha3.New256()
	case "sha3-512":
		return sha3.New512()
	}
	return nil
}

func hashInput(info *xmpp.Element) ([]byte, error) {
	var features, identities, forms [][]byte
	for e := range info.Elements() {
		switch {
		case e.Is(ns.DiscoInfo, "feature"): // step 4
			features = append(features, text(e.Attr("var")))
		case e.Is(ns.DiscoInfo, "identity"): // step 5
			lang, _ := e.LookupAttr(ns.XML, "lang")
			identities = append(identities, append(slices.Concat(
				text(e.Attr("category")), text(e.Attr("type")), text(lang), text(e.Attr("name"))), endOfEntry))
		case e.Is(ns.DataForm, "x"): // step 6
			b, err := formInput(e)
			if err != nil {
				return nil, err
			}
			forms = append(forms, b)
		default: // step 1
			return nil, errors.New("hash capabilities: there is something else in the result")
		}
	}
	return slices.Concat(part(features), part(identities), part(forms)), nil
}

func formInput(form *xmpp.Element) ([]byte, error) {
	var fields [][]byte
	typed := false
	for f := range form.Elements() {
		switch {
		case f.Is(ns.DataForm, "reported"), f.Is(ns.DataForm, "item"): // step 2
			return nil, errors.New("hash capabilities: a form with rows")
		case !f.Is(ns.DataForm, "field"):
			continue
		}
		var values [][]byte
		for v := range f.Elements() {
			if v.Is(ns.DataForm, "value") {
				values = append(values, text(v.Text()))
			}
		}
		typed = typed || f.Attr("var") == "FORM_TYPE" && f.Attr("type") == "hidden" && len(values) == 1
		fields = append(fields, append(slices.Concat(text(f.Attr("var")), joined(values)), endOfEntry))
	}
	if !typed { // step 3
		return nil, errors.New("hash capabilities: a form without a type")
	}
	return append(joined(fields), endOfForm), nil
}

func text(s string) []byte { return append([]byte(s), endOfText) }

func part(list [][]byte) []byte { return append(joined(list), endOfPart) }

// joined puts a list together, from lesser to greater.
func joined(list [][]byte) []byte {
	slices.SortFunc(list, bytes.Compare)
	return slices.Concat(list...)
}

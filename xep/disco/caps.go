package disco

import (
	"crypto/sha1"
	"encoding/base64"
	"slices"
	"sort"
	"strings"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// capsURI names the software in capabilities (XEP-0115 § 4).
const capsURI = "urn:x-myna"

// streamCaps is the stream feature that tells the server's capabilities to clients (XEP-0115 § 6.3).
func (d *Disco) streamCaps(domain string) *xmpp.Element {
	owner, err := xmpp.ParseJID(domain)
	if err != nil {
		return nil
	}
	return xmpp.El(ns.Caps, "c").Set("hash", "sha-1").Set("node", capsURI).Set("ver", d.ver(hook.Server, owner))
}

func (d *Disco) node(t hook.Target, owner xmpp.JID) string {
	if t != hook.Server {
		return ""
	}
	return capsURI + "#" + d.ver(t, owner)
}

func (d *Disco) ver(t hook.Target, owner xmpp.JID) string { return Ver(d.describe(t, owner)) }

// Ver is the verification string of a disco#info result (XEP-0115 § 5.1).
func Ver(info *xmpp.Element) string {
	var ids, features, forms []string
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
	sum := sha1.Sum([]byte(strings.Join(ids, "") + strings.Join(features, "") + strings.Join(forms, "")))
	return base64.StdEncoding.EncodeToString(sum[:])
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

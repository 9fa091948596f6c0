package caps

import (
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// simple and complex are the results of XEP-0390 § 4.5.
func simple() *xmpp.Element {
	info := xmpp.El(ns.DiscoInfo, "query",
		xmpp.El(ns.DiscoInfo, "identity").Set("category", "client").Set("name", "BombusMod").Set("type", "mobile"))
	return with(info, `http://jabber.org/protocol/si http://jabber.org/protocol/bytestreams http://jabber.org/protocol/chatstates
		http://jabber.org/protocol/disco#info http://jabber.org/protocol/disco#items urn:xmpp:ping jabber:iq:time
		jabber:iq:privacy jabber:iq:version http://jabber.org/protocol/rosterx urn:xmpp:time jabber:x:oob
		http://jabber.org/protocol/ibb http://jabber.org/protocol/si/profile/file-transfer urn:xmpp:receipts jabber:iq:roster
		jabber:iq:last`)
}

func complex() *xmpp.Element {
	identity := func(name, lang string) *xmpp.Element {
		e := xmpp.El(ns.DiscoInfo, "identity").Set("category", "client").Set("name", name).Set("type", "pc")
		e.Attrs = append(e.Attrs, xmpp.Attr{Space: ns.XML, Local: "lang", Value: lang})
		return e
	}
	info := with(xmpp.El(ns.DiscoInfo, "query", identity("Tkabber", "en"), identity("Ткаббер", "ru")), `games:board
		http://jabber.org/protocol/activity http://jabber.org/protocol/activity+notify http://jabber.org/protocol/bytestreams
		http://jabber.org/protocol/chatstates http://jabber.org/protocol/commands http://jabber.org/protocol/disco#info
		http://jabber.org/protocol/disco#items http://jabber.org/protocol/evil http://jabber.org/protocol/feature-neg
		http://jabber.org/protocol/geoloc http://jabber.org/protocol/geoloc+notify http://jabber.org/protocol/ibb
		http://jabber.org/protocol/iqibb http://jabber.org/protocol/mood http://jabber.org/protocol/mood+notify
		http://jabber.org/protocol/rosterx http://jabber.org/protocol/si http://jabber.org/protocol/si/profile/file-transfer
		http://jabber.org/protocol/tune http://www.facebook.com/xmpp/messages
		http://www.xmpp.org/extensions/xep-0084.html#ns-metadata+notify jabber:iq:avatar jabber:iq:browse jabber:iq:dtcp
		jabber:iq:filexfer jabber:iq:ibb jabber:iq:inband jabber:iq:jidlink jabber:iq:last jabber:iq:oob jabber:iq:privacy
		jabber:iq:roster jabber:iq:time jabber:iq:version jabber:x:data jabber:x:event jabber:x:oob
		urn:xmpp:avatar:metadata+notify urn:xmpp:ping urn:xmpp:receipts urn:xmpp:time`)
	field := func(name, value string) *xmpp.Element {
		return xmpp.El(ns.DataForm, "field", xmpp.El(ns.DataForm, "value").AddText(value)).Set("var", name)
	}
	return info.Add(xmpp.El(ns.DataForm, "x",
		field("FORM_TYPE", "urn:xmpp:dataforms:softwareinfo").Set("type", "hidden"),
		field("software", "Tkabber"), field("software_version", "0.11.1-svn-20111216-mod (Tcl/Tk 8.6b2)"),
		field("os", "Windows"), field("os_version", "XP")))
}

func with(info *xmpp.Element, features string) *xmpp.Element {
	for _, f := range strings.Fields(features) {
		info.Add(xmpp.El(ns.DiscoInfo, "feature").Set("var", f))
	}
	return info
}

func TestHash(t *testing.T) {
	for _, tt := range []struct {
		info       *xmpp.Element
		algo, want string
	}{
		{simple(), "sha-256", "kzBZbkqJ3ADrj7v08reD1qcWUwNGHaidNUgD7nHpiw8="},
		{simple(), "sha3-256", "79mdYAfU9rEdTOcWDO7UEAt6E56SUzk/g6TnqUeuD9Q="},
		{complex(), "sha-256", "u79ZroNJbdSWhdSp311mddz44oHHPsEBntQ5b1jqBSY="},
		{complex(), "sha3-256", "XpUJzLAc93258sMECZ3FJpebkzuyNXDzRNwQog8eycg="},
	} {
		if got, err := Hash(tt.info, tt.algo); got != tt.want || err != nil {
			t.Errorf("%s of %s: got %s, %v, want %s", tt.algo, tt.info, got, err, tt.want)
		}
	}
}

// TestNoHash: what a hash would not cover has none (XEP-0390 § 4.1, steps 1 to 3).
func TestNoHash(t *testing.T) {
	form := func(children ...*xmpp.Element) *xmpp.Element {
		return simple().Add(xmpp.El(ns.DataForm, "x", children...))
	}
	typed := xmpp.El(ns.DataForm, "field", xmpp.El(ns.DataForm, "value").AddText("t")).Set("var", "FORM_TYPE").Set("type", "hidden")
	for name, info := range map[string]*xmpp.Element{
		"something else":   simple().Add(xmpp.El("urn:example:x", "x")),
		"a form with rows": form(typed, xmpp.El(ns.DataForm, "reported")),
		"a form's row":     form(typed, xmpp.El(ns.DataForm, "item")),
		"an untyped form":  form(xmpp.El(ns.DataForm, "field").Set("var", "a")),
	} {
		if sum, err := Hash(info, "sha-256"); err == nil || Hashes(info) != nil {
			t.Errorf("%s has the hash %s", name, sum)
		}
	}
	if sum, err := Hash(simple(), "md5"); err == nil {
		t.Errorf("an unknown algorithm gives %s", sum)
	}
}

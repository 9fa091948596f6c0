package wire

import (
	"errors"
	"strings"
	"testing"

	"mellium.im/xmpp/stream"

	"myna/xmpp/ns"
)

// The largest things that people and their clients send pass the usual limits.
func TestRealStanzasPass(t *testing.T) {
	for name, in := range map[string]string{
		"a thousand bookmarks (XEP-0049)": `<iq type="set" id="1"><query xmlns="jabber:iq:private"><storage xmlns="storage:bookmarks">` +
			repeat(`<conference jid="room-#@groups.example.com" name="Room number #" autojoin="true"><nick>Nguyễn Thị Lan</nick>`+
				`<password>secret-#</password><extensions><pinned xmlns="urn:pinned"/><muted xmlns="urn:muted"/></extensions></conference>`, 1000) +
			`</storage></query></iq>`,
		"a thousand affiliations (XEP-0045 § 9.5)": `<iq type="set" id="1" to="room@groups.example.com"><query xmlns="http://jabber.org/protocol/muc#admin">` +
			repeat(`<item affiliation="member" jid="person-#@example.com" nick="Person #"><reason>they belong to us</reason></item>`, 1000) + `</query></iq>`,
		"a card with a photo (XEP-0054)": `<iq type="set" id="1"><vCard xmlns="vcard-temp"><FN>Lan</FN><PHOTO><TYPE>image/png</TYPE><BINVAL>` +
			repeat("aGVsbG8gd29ybGQ=", 12_500) + `</BINVAL></PHOTO></vCard></iq>`,
		"a form of 200 fields with 20 options each (XEP-0004)": `<iq type="set" id="1"><pubsub xmlns="http://jabber.org/protocol/pubsub#owner"><configure node="n"><x xmlns="jabber:x:data" type="submit">` +
			repeat(`<field var="f#" type="list-multi">`+strings.Repeat(`<option><value>v</value></option>`, 20)+`</field>`, 200) + `</x></configure></pubsub></iq>`,
		"keys of encryption (XEP-0384)": `<iq type="set" id="1"><pubsub xmlns="http://jabber.org/protocol/pubsub"><publish node="b"><item id="1"><bundle xmlns="urn:xmpp:omemo:2"><prekeys>` +
			repeat(`<pk id="#">BRKlqBxQhb2PbjLUvJeyZtUi3ZvM5bZfhGhzYyZbdXg6</pk>`, 1000) + `</prekeys></bundle></item></publish></pubsub></iq>`,
	} {
		s := opened(t, clientHeader, Limits{}, ns.Client)
		if _, n, err := s.Next([]byte(in)); err != nil || n != len(in) {
			t.Errorf("%s, %d bytes: %v", name, len(in), err)
		}
	}
	bomb := `<iq type="set" id="1"><query xmlns="jabber:iq:private"><z xmlns="z" xmlns:b="` + repeat("u", 250) + `">` + repeat("<b:x/>", 40_000) + `</z></query></iq>`
	s := opened(t, clientHeader, Limits{}, ns.Client)
	if _, _, err := s.Next([]byte(bomb)); !errors.Is(err, stream.PolicyViolation) || !strings.Contains(Condition(err).Text[0].Value, "10000 elements") {
		t.Errorf("many tiny elements: %v", err)
	}
}

// A scanner that is bound for strangers bounds their elements, too.
func TestBound(t *testing.T) {
	s := opened(t, clientHeader, Limits{}, ns.Client)
	in := []byte("<a><b>" + repeat("<c/>", 20) + "</b></a>")
	s.Bound(0, 22)
	if _, _, err := s.Next(in); err != nil {
		t.Error(err)
	}
	s.Bound(0, 21)
	if _, _, err := s.Next(in); !errors.Is(err, stream.PolicyViolation) {
		t.Error(err)
	}
}

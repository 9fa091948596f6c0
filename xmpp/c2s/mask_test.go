package c2s

import (
	"testing"

	"myna/xmpp/wire"
)

// TestMask: no trace tells what people hide, and all else is shown as it was sent.
func TestMask(t *testing.T) {
	for text, want := range map[string]string{
		`<iq type='set' id="1"><command xmlns="http://jabber.org/protocol/commands" node="n"><x xmlns="jabber:x:data" type="submit">` +
			`<field var="accountjid"><value>a@b</value></field><field var="password"><value>hidden</value></field>` +
			`<field var="password-verify"><value>hidden</value></field></x></command></iq>`: `<iq type="set" id="1">` +
			`<command xmlns="http://jabber.org/protocol/commands" node="n"><x xmlns="jabber:x:data" type="submit">` +
			`<field var="accountjid"><value>a@b</value></field><field var="password"><value>…</value></field>` +
			`<field var="password-verify"><value>…</value></field></x></command></iq>`,
		`<iq type="result"><query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="form">` +
			`<field type="text-private" var="pin" label="PIN"><value>hid</value><value>den</value></field></x></query></iq>`: `<iq type="result">` +
			`<query xmlns="http://jabber.org/protocol/muc#owner"><x xmlns="jabber:x:data" type="form">` +
			`<field type="text-private" var="pin" label="PIN"><value>…</value><value>…</value></field></x></query></iq>`,
		`<presence to="r@g/n"><x xmlns="http://jabber.org/protocol/muc"><password>hidden</password></x></presence>`:       `<presence to="r@g/n"><x xmlns="http://jabber.org/protocol/muc"><password>…</password></x></presence>`,
		`<message><x xmlns="jabber:x:conference" jid="r@g" password="hidden"/></message>`:                                 `<message><x xmlns="jabber:x:conference" jid="r@g" password="…"/></message>`,
		`<message><m:x xmlns:m="http://jabber.org/protocol/muc#user"><m:password>hidden</m:password></m:x></message>`:     `<message><x xmlns="http://jabber.org/protocol/muc#user"><password>…</password></x></message>`,
		`<message  to='a'><body>my password is no secret</body></message>`:                                                `<message  to='a'><body>my password is no secret</body></message>`,
		`<iq type="set"><query xmlns="jabber:iq:register"><username>a</username><password>hidden</password></query></iq>`: `<iq type="set">…</iq>`,
		`<iq type="get"><query xmlns="jabber:iq:register"/></iq>`:                                                         `<iq type="get">…</iq>`,
	} {
		el, err := wire.Parse([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(blank(el, el.Raw)); got != want {
			t.Errorf("%s\n got %s\nwant %s", text, got, want)
		}
	}
}

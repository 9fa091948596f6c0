package archive

import (
	"testing"

	"myna/hook"
	"myna/xmpp/wire"
)

// XEP-0313 § 6.1.1, XEP-0160 § 3, XEP-0334 § 4.
func TestWeigh(t *testing.T) {
	const (
		hints  = ` xmlns="urn:xmpp:hints"/>`
		states = ` xmlns="http://jabber.org/protocol/chatstates"/>`
	)
	for name, c := range map[string]struct {
		message string
		want    worth
	}{
		"chat":              {`<message type="chat"><body>x</body></message>`, worth{content: lasting, body: true}},
		"no type":           {`<message><body>x</body></message>`, worth{content: lasting, body: true}},
		"normal":            {`<message type="normal"><body>x</body></message>`, worth{content: lasting, body: true}},
		"other type":        {`<message type="what"><body>x</body></message>`, worth{content: lasting, body: true}},
		"other body":        {`<message><body xmlns="urn:x">x</body></message>`, worth{content: passing}},
		"groupchat":         {`<message type="groupchat"><body>x</body><store` + hints + `</message>`, worth{}},
		"headline":          {`<message type="headline"><body>x</body></message>`, worth{}},
		"error":             {`<message type="error"><body>x</body><store` + hints + `</message>`, worth{}},
		"empty":             {`<message type="chat"/>`, worth{}},
		"thread only":       {`<message type="chat"><thread>x</thread></message>`, worth{}},
		"subject only":      {`<message><subject>x</subject></message>`, worth{content: lasting}},
		"chat state":        {`<message type="chat"><composing` + states + `<thread>t</thread></message>`, worth{}},
		"state and body":    {`<message type="chat"><active` + states + `<body>x</body></message>`, worth{content: lasting, body: true}},
		"stored state":      {`<message type="chat"><gone` + states + `<store` + hints + `</message>`, worth{content: lasting}},
		"encrypted":         {`<message type="chat"><encrypted xmlns="urn:x"/><encryption xmlns="urn:xmpp:eme:0"/></message>`, worth{content: lasting}},
		"omemo":             {`<message type="chat"><encrypted xmlns="urn:xmpp:omemo:2"/></message>`, worth{content: lasting}},
		"omemo 1":           {`<message type="chat"><encrypted xmlns="urn:xmpp:omemo:1"/></message>`, worth{content: lasting}},
		"receipt":           {`<message type="chat"><received xmlns="urn:xmpp:receipts" id="1"/></message>`, worth{content: passing}},
		"stored receipt":    {`<message type="chat"><received xmlns="urn:xmpp:receipts" id="1"/><store` + hints + `</message>`, worth{content: lasting}},
		"marker":            {`<message type="chat"><displayed xmlns="urn:xmpp:chat-markers:0" id="1"/></message>`, worth{content: passing}},
		"reaction":          {`<message type="chat"><reactions xmlns="urn:xmpp:reactions:0" id="1"/></message>`, worth{content: lasting}},
		"retraction":        {`<message type="chat"><retract xmlns="urn:xmpp:message-retract:1" id="1"/></message>`, worth{content: lasting}},
		"invitation":        {`<message><x xmlns="http://jabber.org/protocol/muc#user"><invite/></x></message>`, worth{content: lasting}},
		"direct invitation": {`<message><x xmlns="jabber:x:conference" jid="a@b"/></message>`, worth{content: lasting}},
		"no-store":          {`<message><body>x</body><no-store` + hints + `</message>`, worth{content: lasting, body: true, noStore: true}},
		"no-permanent":      {`<message><body>x</body><no-permanent-store` + hints + `</message>`, worth{content: lasting, body: true, noPermanent: true}},
		"no-copy":           {`<message><body>x</body><no-copy` + hints + `</message>`, worth{content: lasting, body: true}},
	} {
		st, err := wire.Parse([]byte(c.message))
		if err != nil {
			t.Fatal(name, err)
		}
		p := &hook.Packet{}
		p.Reset(st, nil)
		if got := weigh(p); got != c.want {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

// What was stripped does not count.
func TestWeighStripped(t *testing.T) {
	st, err := wire.Parse([]byte(`<message type="chat"><store xmlns="urn:xmpp:hints"/></message>`))
	if err != nil {
		t.Fatal(err)
	}
	p := &hook.Packet{}
	p.Reset(st, nil)
	p.Strip(0)
	if got := weigh(p); got != (worth{}) {
		t.Errorf("%+v", got)
	}
}

func TestWeighAllocatesNothing(t *testing.T) {
	st, err := wire.Parse([]byte(`<message type="chat"><body>x</body><request xmlns="urn:xmpp:receipts"/><origin-id xmlns="urn:xmpp:sid:0" id="1"/></message>`))
	if err != nil {
		t.Fatal(err)
	}
	p := &hook.Packet{}
	p.Reset(st, nil)
	if n := testing.AllocsPerRun(100, func() { weigh(p) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

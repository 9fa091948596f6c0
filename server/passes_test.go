package server_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"myna/admin"
	"myna/config"
	"myna/server/servertest"
)

// Who comes in by a pass of a webmail is signed out when the webmail ends its session: one that is bound, one that waits for
// its client to come back, and one that is between signing in and binding.
func TestPassesOfAWebmail(t *testing.T) {
	s := servertest.StartWith(t, func(cfg *config.Config) {
		cfg.Modules = map[string]config.Section{"accounts": {"bearer": true}}
	})
	address := "romeo@" + servertest.Domain
	password, err := s.Account(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	do := func(line string, into any) {
		t.Helper()
		out, err := s.Do(t.Context(), "admin "+line)
		if err == nil {
			err = json.Unmarshal([]byte(out), into)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	var p admin.CreatedPass
	do(`pass.create {"account":"`+address+`","session":"mail-7"}`, &p)
	plain := func(password string) string {
		return `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">` +
			base64.StdEncoding.EncodeToString([]byte("\x00romeo\x00"+password)) + `</auth>`
	}
	bearer := `<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="OAUTHBEARER">` +
		base64.StdEncoding.EncodeToString([]byte("n,a="+address+",\x01auth=Bearer "+p.Token+"\x01\x01")) + `</auth>`
	enter := func(auth string, more ...string) *stream {
		t.Helper()
		c := dialStream(t, s.Addr)
		c.open("</stream:features>")
		c.send(auth)
		c.until("<success ")
		c.open("</stream:features>")
		for i := 0; i+1 < len(more); i += 2 {
			c.send(more[i])
			c.until(more[i+1])
		}
		return c
	}
	bind := []string{`<iq type="set" id="1"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`, "</iq>"}
	bound := enter(plain(p.Token), bind...)
	lost := enter(bearer, append(bind, `<enable xmlns="urn:xmpp:sm:3" resume="true"/>`, "<enabled ")...)
	lost.conn.Close()
	between := enter(plain(p.Token))
	own := enter(plain(password), bind...)
	var sessions []admin.Session
	do(`account.sessions {"address":"`+address+`"}`, &sessions)
	if len(sessions) != 3 {
		t.Fatalf("sessions %+v", sessions)
	}
	// A pass is for a while: it makes nobody an owner for good.
	bound.send(`<iq type="set" id="3"><query xmlns="jabber:iq:register"><username>romeo</username><password>mine for ever</password></query></iq>`)
	if got := bound.until("</iq>"); !strings.Contains(got, "<forbidden ") {
		t.Errorf("another password by a pass: %s", got)
	}
	var ended admin.Kicked
	do(`pass.revoke {"session":"mail-7"}`, &ended)
	if ended.Ended != 2 {
		t.Errorf("%d sessions ended, want 2", ended.Ended)
	}
	if got := bound.until("</stream:stream>"); !strings.Contains(got, "signed out of the webmail") {
		t.Errorf("bound: %s", got)
	}
	between.send(bind[0])
	if got := between.until("</stream:stream>"); !strings.Contains(got, "<not-authorized ") || strings.Contains(got, "<jid>") {
		t.Errorf("between: %s", got)
	}
	again := dialStream(t, s.Addr)
	again.open("</stream:features>")
	again.send(plain(p.Token))
	again.until("<not-authorized")
	own.send(`<iq type="get" id="2"><ping xmlns="urn:xmpp:ping"/></iq>`)
	own.until(`type="result"`)
}

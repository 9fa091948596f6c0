package server_test

import (
	"fmt"
	"regexp"
	"strings"

	"myna/internal/xmpptest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// nodes creates some at a service, or at the own account, and returns how the last went.
func (h *hosts) nodes(at, domain string, n int) (last string) {
	h.t.Helper()
	c := h.client("lan@" + domain)
	for i := range n {
		_, last = h.ask(c, "set", at, `<pubsub xmlns="%s"><create node="n%d"/></pubsub>`, ns.PubSub, i)
	}
	return last
}

// items publishes eleven and counts what is kept.
func items(h *hosts, domain string) string {
	c := h.client("lan@" + domain)
	h.ask(c, "set", "", `<pubsub xmlns="%s"><create node="n"/><configure><x xmlns="%s" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
		`<field var="pubsub#max_items"><value>max</value></field></x></configure></pubsub>`, ns.PubSub, ns.DataForm, ns.PubSubConfig)
	for i := range 11 {
		if _, got := h.ask(c, "set", "", `<pubsub xmlns="%s"><publish node="n"><item id="%d"><a xmlns="urn:a"/></item></publish></pubsub>`, ns.PubSub, i); got != "done" {
			return got
		}
	}
	e, got := h.ask(c, "get", "", `<pubsub xmlns="%s"><items node="n"/></pubsub>`, ns.PubSub)
	if e == nil {
		return got
	}
	return fmt.Sprint(len(regexp.MustCompile(`<item `).FindAllString(e.String(), -1)), " kept")
}

// large publishes items of two kilobytes and returns how the last went.
func (h *hosts) large(at, domain string, n int) (last string) {
	h.t.Helper()
	h.nodes(at, domain, 1)
	c := h.client("lan@" + domain)
	for i := range n {
		_, last = h.ask(c, "set", at, `<pubsub xmlns="%s"><publish node="n0"><item id="%d"><a xmlns="urn:a">%s</a></item></publish></pubsub>`,
			ns.PubSub, i, strings.Repeat("x", 2000))
	}
	return last
}

// enter goes into a room, which is made where it does not exist, and returns an error or the codes of one's own presence.
func (h *hosts) enter(c *xmpptest.Client, room string) string {
	h.t.Helper()
	h.send(c, `<presence to="%s/%s"><x xmlns="%s"/></presence>`, room, xmpp.NewID(), ns.MUC)
	for {
		e, err := c.Next(h.ctx)
		h.must(err)
		if e.Name.Local != "presence" {
			continue
		}
		x := e.Child(ns.MUCUser, "x")
		switch {
		case e.Attr("type") == "error":
			return condition(e.String())
		case x != nil && strings.Contains(x.String(), `"110"`):
			return "entered"
		}
	}
}

// room makes one that all may enter and returns its owner.
func (h *hosts) room(domain string) (*xmpptest.Client, string) {
	h.t.Helper()
	c, room := h.client("lan@"+domain), "a@groups."+domain
	if got := h.enter(c, room); got != "entered" {
		h.t.Fatal(got)
	}
	if _, got := h.ask(c, "set", room, `<query xmlns="%s"><x xmlns="%s" type="submit"><field var="FORM_TYPE"><value>%s</value></field>`+
		`<field var="muc#roomconfig_membersonly"><value>0</value></field></x></query>`, ns.MUCOwner, ns.DataForm, ns.MUCConfig); got != "done" {
		h.t.Fatal(got)
	}
	return c, room
}

func secondUser(h *hosts, domain string) string {
	_, room := h.room(domain)
	return h.enter(h.client("minh@"+domain), room)
}

func secondRoom(h *hosts, domain string) string {
	c, _ := h.room(domain)
	return h.enter(c, "b@groups."+domain)
}

// past counts the messages of the past that somebody gets who enters.
func past(h *hosts, domain string) string {
	lan, room := h.room(domain)
	h.send(lan, `<message to="%s" type="groupchat" id="m"><body>hi</body></message>`, room)
	for {
		e, err := lan.Next(h.ctx)
		h.must(err)
		if e.Attr("id") == "m" {
			break
		}
	}
	minh := h.client("minh@" + domain)
	h.enter(minh, room)
	n := 0
	for { // the subject comes last (XEP-0045 § 7.2.15)
		e, err := minh.Next(h.ctx)
		h.must(err)
		switch {
		case e.Child(ns.Client, "subject") != nil:
			return fmt.Sprint(n, " of the past")
		case e.Child(ns.Client, "body") != nil:
			n++
		}
	}
}

func (h *hosts) slot(c *xmpptest.Client, domain, purpose string, size int) (*xmpp.Element, string) {
	h.t.Helper()
	if purpose != "" {
		purpose = `<` + purpose + ` xmlns="urn:xmpp:http:upload:purpose:0"/>`
	}
	return h.ask(c, "get", "upload."+domain, `<request xmlns="%s" filename="a.txt" size="%d">%s</request>`, ns.Upload, size, purpose)
}

// pushed has two registrations of an app notified of a message and returns what the notifications tell.
func pushed(h *hosts, domain string) string {
	app, lan := h.another("lan@"+domain, "app"), h.client("lan@"+domain)
	for _, node := range []string{"first", "last"} {
		if _, got := h.ask(lan, "set", "", `<enable xmlns="%s" jid="%s" node="%s"/>`, ns.Push, app.JID, node); got != "done" {
			h.t.Fatal(got)
		}
	}
	h.must(lan.Close(h.ctx))
	minh := h.client("minh@" + domain)
	h.send(minh, `<message to="lan@%s" type="chat"><body>hi</body></message>`, domain)
	var got []string
	for {
		e, err := app.Next(h.ctx)
		h.must(err)
		if e.Attr("type") != "set" {
			continue
		}
		h.send(app, `<iq type="result" id="%s" to="%s"/>`, e.Attr("id"), e.Attr("from"))
		node := regexp.MustCompile(`node="[a-z]+"`).FindString(e.String())
		got = append(got, fmt.Sprint(node, " ", regexp.MustCompile(`last-message-[a-z]+`).FindAllString(e.String(), -1)))
		if node == `node="last"` {
			h.must(app.Close(h.ctx))
			return strings.Join(got, ", ")
		}
	}
}

// mails asks how often somebody is told of groups by mail who has not chosen.
func mails(h *hosts, domain string) string {
	e, got := h.ask(h.client("lan@"+domain), "set", "lan@"+domain, `<command xmlns="%s" node="myna:digest"/>`, ns.Commands)
	if e == nil {
		return got
	}
	_, usual, _ := strings.Cut(e.String(), "as is usual here: ")
	usual, _, _ = strings.Cut(usual, `"`)
	return usual
}

package server_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"myna/internal/xmpptest"
	"myna/xmpp/ns"
)

// see is a function of a probe.
type see = func(h *hosts, domain string) string

// sets sends requests to somebody's own account and returns how the last went.
func sets(requests ...string) see {
	return func(h *hosts, domain string) string { return h.sets(h.client("lan@"+domain), "", requests...) }
}

func (h *hosts) sets(c *xmpptest.Client, to string, requests ...string) (last string) {
	h.t.Helper()
	for _, r := range requests {
		_, last = h.ask(c, "set", to, "%s", r)
	}
	return last
}

func blocks(addresses ...string) string {
	return `<block xmlns="` + ns.Blocking + `"><item jid="` + strings.Join(addresses, `"/><item jid="`) + `"/></block>`
}

func document(name string, size int) string {
	return `<query xmlns="` + ns.Private + `"><` + name + ` xmlns="urn:test">` + strings.Repeat("x", size) + `</` + name + `></query>`
}

func bookmark(name string, size int) string {
	return `<pubsub xmlns="` + ns.PubSub + `"><publish node="` + ns.Bookmarks + `"><item id="` + name + `@groups.example.com"><conference xmlns="` +
		ns.Bookmarks + `" name="` + strings.Repeat("x", size) + `"/></item></publish></pubsub>`
}

func contact(name string, groups ...string) string {
	item := `<query xmlns="` + ns.Roster + `"><item jid="a@example.com" name="` + name + `">`
	for _, g := range groups {
		item += `<group>` + g + `</group>`
	}
	return item + `</item></query>`
}

func hat(command string, fields ...string) string {
	x := `<command xmlns="` + ns.Commands + `" node="urn:xmpp:hats:commands:` + command + `"><x xmlns="` + ns.DataForm + `" type="submit">`
	for i := 0; i+1 < len(fields); i += 2 {
		x += `<field var="hats#` + fields[i] + `"><value>` + fields[i+1] + `</value></field>`
	}
	return x + `</x></command>`
}

// inRoom sends requests to a room that lasts, as its owner, and returns how the last went.
func inRoom(requests ...string) see {
	return func(h *hosts, domain string) string {
		c, room := h.room(domain)
		h.sets(c, room, configure("persistentroom", "1"))
		return h.sets(c, room, requests...)
	}
}

func configure(option, value string) string {
	return `<query xmlns="` + ns.MUCOwner + `"><x xmlns="` + ns.DataForm + `" type="submit"><field var="FORM_TYPE"><value>` + ns.MUCConfig +
		`</value></field><field var="muc#roomconfig_` + option + `"><value>` + value + `</value></field></x></query>`
}

func member(who string) string {
	return `<query xmlns="` + ns.MUCAdmin + `"><item affiliation="member" jid="` + who + `@example.com"/></query>`
}

// applied has two people ask to become members of a room and returns how that went for the second.
func applied(h *hosts, domain string) (last string) {
	c, room := h.room(domain)
	h.sets(c, room, configure("moderatedroom", "1"))
	for _, who := range []string{"minh@", "mai@"} {
		last = h.sets(h.client(who+domain), room, `<query xmlns="`+ns.Register+`"><x xmlns="`+ns.DataForm+`" type="submit"><field var="FORM_TYPE"><value>`+
			ns.MUC+`#register</value></field><field var="muc#register_roomnick"><value>`+who[:2]+`</value></field></x></query>`)
	}
	return last
}

// bothInvited invites two people into a room by one message.
func bothInvited(h *hosts, domain string) string {
	h.account("minh@" + domain)
	h.account("mai@" + domain)
	c, room := h.room(domain)
	h.send(c, `<message to="%s" id="both"><x xmlns="%s"><invite to="minh@%s"/><invite to="mai@%[3]s"/></x></message>`, room, ns.MUCUser, domain)
	return h.refusal(c)
}

// refusal is the condition of the error that a client has got.
func (h *hosts) refusal(c *xmpptest.Client) string {
	h.t.Helper()
	for _, e := range h.collect(c) {
		if e.Attr("type") == "error" {
			return condition(e.String())
		}
	}
	return "sent"
}

// subjected has a room's owner give it a long subject.
func subjected(h *hosts, domain string) string {
	c, room := h.room(domain)
	h.send(c, `<message to="%s" type="groupchat" id="long"><subject>%s</subject></message>`, room, strings.Repeat("x", 600))
	return h.refusal(c)
}

// pictured gives a room a picture of two kilobytes.
func pictured(h *hosts, domain string) string {
	image := base64.StdEncoding.EncodeToString([]byte("GIF89a" + strings.Repeat("x", 2000)))
	return inRoom(`<vCard xmlns="`+ns.VCard+`"><PHOTO><TYPE>image/gif</TYPE><BINVAL>`+image+`</BINVAL></PHOTO></vCard>`)(h, domain)
}

// shows has a client show its presence to two addresses and counts the errors that say that these are too many.
func shows(h *hosts, domain string) string {
	h.account("lan@" + domain)
	h.account("mai@" + domain)
	c := h.client("minh@" + domain)
	for _, who := range []string{"lan@", "mai@"} {
		h.send(c, `<presence to="%s%s"/>`, who, domain)
	}
	return h.crowded(c)
}

// showsAll does so by one presence to several addresses.
func showsAll(h *hosts, domain string) string {
	h.account("lan@" + domain)
	h.account("mai@" + domain)
	c := h.client("minh@" + domain)
	h.send(c, `<presence to="%s"><addresses xmlns="%s"><address type="bcc" jid="lan@%[1]s"/><address type="bcc" jid="mai@%[1]s"/></addresses></presence>`, domain, ns.Address)
	return h.crowded(c)
}

func (h *hosts) crowded(c *xmpptest.Client) string {
	h.t.Helper()
	n := 0
	for _, e := range h.collect(c) {
		if strings.Contains(e.String(), "<resource-constraint") {
			n++
		}
	}
	return fmt.Sprint(n, " too many")
}

// does has an operation of administration done and returns what comes of it.
func (h *hosts) does(op string, request map[string]any) string {
	h.t.Helper()
	b, err := json.Marshal(request)
	h.must(err)
	out, err := h.s.Do(h.ctx, "admin "+op+" "+string(b))
	if err != nil {
		return err.Error()
	}
	return out
}

// appPasswords makes two.
func appPasswords(h *hosts, domain string) string {
	h.account("lan@" + domain)
	r := map[string]any{"address": "lan@" + domain, "label": "Phone"}
	h.does("app-password.create", r)
	return regexp.MustCompile(`one may have|"password"`).FindString(h.does("app-password.create", r))
}

// twoClients tells how many clients of an account are known that two have signed in to.
func twoClients(h *hosts, domain string) string {
	for _, id := range []string{"d4565fa7-4d72-4749-b3d3-740edbf87770", "d4565fa7-4d72-4749-b3d3-740edbf87771"} {
		c := h.dial("lan@" + domain)
		h.must(c.Send(`<authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN"><initial-response>` + base64of("\x00lan\x00pencil") +
			`</initial-response><user-agent id="` + id + `"><software>Bot</software></user-agent></authenticate>`))
		_, err := c.Next(h.ctx)
		h.must(err)
		c.Cut()
	}
	list, _ := h.ask(h.client("lan@"+domain), "get", "", `<list xmlns="urn:xmpp:cam:0"/>`)
	return fmt.Sprint(strings.Count(list.String(), "<software>Bot</software>"), " known")
}

// linkHours tells how long a link for a new password is good.
func linkHours(h *hosts, domain string) string {
	h.account("lan@" + domain)
	found := regexp.MustCompile(`"until":"([^"]+)"`).FindStringSubmatch(h.does("account.reset-link", map[string]any{"address": "lan@" + domain}))
	if found == nil {
		return "none"
	}
	until, err := time.Parse(time.RFC3339, found[1])
	h.must(err)
	return fmt.Sprintf("good for %.0f hours", time.Until(until).Hours())
}

// twoTargets makes an alias with two.
func twoTargets(h *hosts, domain string) string {
	h.account("lan@" + domain)
	h.account("mai@" + domain)
	return regexp.MustCompile(`too many|"targets"`).FindString(h.does("alias.create",
		map[string]any{"address": "both@" + domain, "targets": []string{"lan@" + domain, "mai@" + domain}}))
}

// twoReports blocks two people who have written, each with a report, and tells what is kept of that.
func twoReports(h *hosts, domain string) string {
	lan := h.client("lan@" + domain)
	h.send(lan, `<presence/>`)
	h.collect(lan)
	for _, who := range []string{"a@example.com", "b@example.com"} {
		h.send(h.client(who), `<message to="lan@%s" type="chat" id="%s"><body>buy this</body></message>`, domain, who)
		for {
			e, err := lan.Next(h.ctx)
			h.must(err)
			if e.Attr("id") == who {
				id := e.Child(ns.StanzaID, "stanza-id").Attr("id")
				h.sets(lan, "", `<block xmlns="`+ns.Blocking+`"><item jid="`+who+`"><report xmlns="`+ns.Reporting+
					`" reason="urn:xmpp:reporting:spam"><stanza-id xmlns="`+ns.StanzaID+`" id="`+id+`"/></report></item></block>`)
				break
			}
		}
	}
	list := h.does("report.list", map[string]any{"domain": domain})
	return strings.Join(regexp.MustCompile(`"(reported":"[^"]*|count":[0-9]+)`).FindAllString(list, -1), " ")
}

// limitProbes are those of what one account, room or domain may have.
var limitProbes = map[string]hostProbe{
	"accounts.app_passwords": {int64(1), nil, appPasswords},
	"accounts.token_clients": {int64(1), nil, twoClients},
	"accounts.certificates":  {int64(1), nil, twoCertificates},

	"contacts.list_bytes":        {int64(100), nil, sets(contact(strings.Repeat("x", 200)))},
	"contacts.groups":            {int64(1), nil, sets(contact("", "a", "b"))},
	"contacts.directed_presence": {int64(1), nil, shows},

	"blocking.max_addresses":      {int64(1), nil, sets(blocks("a@example.com", "b@example.com"))},
	"bookmarks.bookmarks":         {int64(1), nil, sets(bookmark("a", 1), bookmark("b", 1))},
	"bookmarks.bookmark_bytes":    {int64(512), nil, sets(bookmark("a", 1000))},
	"private.documents":           {int64(1), nil, sets(document("a", 1), document("b", 1))},
	"private.document_bytes":      {int64(1024), nil, sets(document("a", 2000))},
	"vcard.card_bytes":            {int64(1024), nil, sets(`<vCard xmlns="vcard-temp"><FN>` + strings.Repeat("x", 2000) + `</FN></vCard>`)},
	"archive.preferences":         {int64(1), nil, sets(`<prefs xmlns="` + ns.MAM + `" default="always"><always><jid>a@example.com</jid></always><never><jid>b@example.com</jid></never></prefs>`)},
	"multicast.directed_presence": {int64(1), nil, showsAll},

	"reports.per_day":  {int64(1), nil, twoReports},
	"reports.kept":     {int64(1), nil, twoReports},
	"reports.messages": {int64(0), nil, twoReports},

	"muc.affiliations":  {int64(2), anybody, inRoom(member("a"), member("b"))},
	"muc.applications":  {int64(1), anybody, applied},
	"muc.invitations":   {int64(1), anybody, bothInvited},
	"muc.tokens":        {int64(1), anybody, inRoom(`<request xmlns="urn:xmpp:muc-token-invite:0"/>`, `<request xmlns="urn:xmpp:muc-token-invite:0"/>`)},
	"muc.hats":          {int64(1), anybody, inRoom(hat("create", "title", "A", "uri", "urn:a"), hat("create", "title", "B", "uri", "urn:b"))},
	"muc.hats_each":     {int64(1), anybody, inRoom(hat("create", "title", "A", "uri", "urn:a"), hat("create", "title", "B", "uri", "urn:b"), hat("assign", "jid", "a@example.com", "uri", "urn:a"), hat("assign", "jid", "a@example.com", "uri", "urn:b"))},
	"muc.hat_wearers":   {int64(1), anybody, inRoom(hat("create", "title", "A", "uri", "urn:a"), hat("assign", "jid", "a@example.com", "uri", "urn:a"), hat("assign", "jid", "b@example.com", "uri", "urn:a"))},
	"muc.hat_bytes":     {int64(1024), anybody, inRoom(hat("create", "title", "A", "uri", "urn:"+strings.Repeat("a", 900)), hat("create", "title", "B", "uri", "urn:"+strings.Repeat("b", 900)))},
	"muc.subject_bytes": {int64(512), anybody, subjected},
	"muc.picture_bytes": {int64(1024), anybody, pictured},

	"registration.reset_hours": {int64(1), nil, linkHours},
	"groups.alias_targets":     {int64(1), nil, twoTargets},
}

package server_test

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"myna/config"
	"myna/server/servertest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

var announced = config.Section{"announce": true}

var anybody = config.Section{"room_creation": "everybody"}

// hostProbes are by module and option.
var hostProbes = map[string]hostProbe{
	"accounts.iterations":        {int64(20000), nil, challenge},
	"accounts.plain":             {false, nil, plain},
	"accounts.bearer":            {true, nil, bearer},
	"accounts.min_password":      {int64(1), nil, newPassword("new")},
	"accounts.lenient_binding":   {false, nil, lenient},
	"accounts.token_days":        {int64(0), nil, tokens},
	"accounts.client_days":       {int64(0), nil, forgotten},
	"accounts.certificate_ca":    {"", nil, trusted},
	"accounts.certificate_mail":  {true, nil, mailed},
	"accounts.anonymous":         {true, nil, nobody},
	"accounts.max_guests":        {int64(1), everybodyIsAGuest, secondGuest},
	"accounts.user_certificates": {true, nil, policies},
	"accounts.blocked_passwords": {blockedPasswords(), nil, newPassword("rhinoceros of the garden")},

	"guests.per_minute":    {int64(10), nil, hurried},
	"guests.reach":         {[]any{"example.com"}, nil, reached},
	"affiliations.trusted": {[]any{"lan@example.com"}, nil, standing},

	"contacts.shared_roster": {false, nil, colleagues},
	"contacts.shared_limit":  {int64(1), nil, colleagues},
	"contacts.shared_group":  {"domain", nil, colleagues},
	"contacts.items":         {int64(1), nil, contacts},
	"contacts.requests":      {int64(1), nil, requests},

	"archive.max_waiting": {int64(1), nil, waiting},

	"pubsub.node_creation":         {"admins", nil, func(h *hosts, d string) string { return h.nodes("pubsub."+d, d, 1) }},
	"pubsub.max_nodes":             {int64(10), nil, func(h *hosts, d string) string { return h.nodes("", d, 11) }},
	"pubsub.service_nodes":         {int64(10), nil, func(h *hosts, d string) string { return h.nodes("pubsub."+d, d, 11) }},
	"pubsub.max_items":             {int64(10), nil, items},
	"pubsub.account_bytes":         {int64(3000), nil, func(h *hosts, d string) string { return h.large("", d, 2) }},
	"pubsub.service_bytes":         {int64(3000), nil, func(h *hosts, d string) string { return h.large("pubsub."+d, d, 2) }},
	"pubsub.service_account_nodes": {int64(1), nil, func(h *hosts, d string) string { return h.nodes("pubsub."+d, d, 2) }},
	"pubsub.service_account_bytes": {int64(3000), nil, func(h *hosts, d string) string { return h.large("pubsub."+d, d, 2) }},
	"pubsub.own_subscriptions":     {int64(1), nil, func(h *hosts, d string) string { return h.subscriptions(d, "/a", "/b") }},
	"pubsub.node_people":           {int64(10), nil, members},
	"pubsub.item_bytes":            {int64(1024), nil, func(h *hosts, d string) string { return h.large("", d, 1) }},

	"muc.room_creation":      {"everybody", nil, func(h *hosts, d string) string { return h.enter(h.client("lan@"+d), "a@groups."+d) }},
	"muc.max_users":          {int64(1), anybody, secondUser},
	"muc.max_rooms":          {int64(1), anybody, secondRoom},
	"muc.max_history":        {int64(0), anybody, past},
	"muc.max_rooms_per_user": {int64(1), anybody, secondRoom},

	"groups.digest": {"daily", config.Section{"digest": "1h", "relay": "localhost:9", "relay_tls": "none"}, mails},

	"upload.max_file":    {int64(10), nil, func(h *hosts, d string) string { return h.slots(d, "", 11) }},
	"upload.daily_quota": {int64(10), nil, func(h *hosts, d string) string { return h.slots(d, "", 6, 6) }},
	"upload.daily_files": {int64(1), nil, func(h *hosts, d string) string { return h.slots(d, "", 6, 6) }},
	"upload.user_quota":  {int64(10), nil, func(h *hosts, d string) string { return h.slots(d, "", 6, 6) }},
	"upload.profile_max": {int64(10), nil, func(h *hosts, d string) string { return h.slots(d, "profile", 11) }},
	"upload.expire":      {"1ms", nil, expired},

	"push.details":  {"body", nil, pushed},
	"push.services": {int64(1), nil, pushed},

	"registration.enabled":                {true, nil, fields},
	"registration.web":                    {true, nil, fields},
	"registration.accounts_per_address":   {int64(1), open, registered},
	"registration.accounts_per_day":       {int64(1), open, registered},
	"registration.reserved":               {[]any{"Bill2"}, open, registered},
	"registration.invitations":            {"everybody", nil, invited},
	"registration.invitation_days":        {int64(1), config.Section{"invitations": "everybody"}, invited},
	"registration.invitations_per_domain": {int64(1), config.Section{"invitations": "everybody"}, invited},
	"registration.invitations_per_user":   {int64(1), config.Section{"invitations": "everybody"}, invited},
	"registration.password_change":        {false, nil, newPassword("new secret")},
	"registration.user_deletion":          {true, nil, func(h *hosts, d string) string { return h.register(d, `<remove/>`) }},

	"remoteroster.entities": {[]any{"lan@example.com"}, nil, managed},

	"partners.blocked": {[]any{"example.edu"}, nil, partner},
	"partners.allowed": {[]any{"example.com"}, nil, partner},

	"encryption.end_to_end": {"forbidden", nil, sealed},

	"search.enabled":     {false, nil, found},
	"search.max_results": {int64(1), nil, found},

	"serverinfo.publish":            {true, nil, policies},
	"outage.status":                 {[]any{"https://a.example"}, nil, policies},
	"datapolicy.announce":           {true, nil, policies},
	"datapolicy.encryption_at_rest": {true, announced, policies},
	"datapolicy.export":             {true, announced, policies},
	"datapolicy.deletion":           {true, announced, policies},
	"datapolicy.terms":              {"https://a.example", announced, policies},
	"datapolicy.access":             {[]any{"none"}, announced, policies},
	"datapolicy.backup_hours":       {int64(1), announced, policies},
	"datapolicy.backup_kept":        {"1", announced, policies},
	"datapolicy.info":               {"a", announced, policies},
	"channelsearch.full_list":       {false, nil, channels},

	"multicast.max_addresses": {int64(1), nil, several},
	"multicast.senders":       {"admins", nil, several},

	"contact.abuse":    {[]any{"mailto:a@example.org"}, nil, reach},
	"contact.admin":    {[]any{"mailto:a@example.org"}, nil, reach},
	"contact.feedback": {[]any{"mailto:a@example.org"}, nil, reach},
	"contact.sales":    {[]any{"mailto:a@example.org"}, nil, reach},
	"contact.security": {[]any{"mailto:a@example.org"}, nil, reach},
	"contact.status":   {[]any{"mailto:a@example.org"}, nil, reach},
	"contact.support":  {[]any{"mailto:a@example.org"}, nil, reach},
}

func base64of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// auth sends the first message of a mechanism and returns the answer: a challenge's text, or what it is.
func (h *hosts) auth(send func(string) error, next func() (*xmpp.Element, error), mechanism, first string) string {
	h.t.Helper()
	h.must(send(`<auth xmlns="` + ns.SASL + `" mechanism="` + mechanism + `">` + base64of(first) + `</auth>`))
	e, err := next()
	h.must(err)
	if b, err := base64.StdEncoding.DecodeString(e.Text()); err == nil && e.Is(ns.SASL, "challenge") {
		return string(b)
	}
	return e.String()
}

// challenge shows how often a password is hashed (RFC 5802 § 5).
func challenge(h *hosts, domain string) string {
	h.account("hoa@" + domain)
	c := h.dial("lan@" + domain)
	got := h.auth(c.Send, func() (*xmpp.Element, error) { return c.Next(h.ctx) }, "SCRAM-SHA-1", "n,,n=hoa,r=abc")
	return regexp.MustCompile(`\bi=[0-9]+`).FindString(got)
}

// tokens tells how somebody fails who has none (XEP-0484).
func tokens(h *hosts, domain string) string {
	c := h.dial("lan@" + domain)
	h.must(c.Send(`<authenticate xmlns="urn:xmpp:sasl:2" mechanism="HT-SHA-256-NONE"><initial-response>` +
		base64.StdEncoding.EncodeToString([]byte("lan\x00"+strings.Repeat("x", 32))) + `</initial-response>` +
		`<user-agent id="d4565fa7-4d72-4749-b3d3-740edbf87770"/><fast xmlns="urn:xmpp:fast:0"/></authenticate>`))
	e, err := c.Next(h.ctx)
	h.must(err)
	return e.String()
}

// forgotten tells whether a client is known that has been there without a token (XEP-0494).
func forgotten(h *hosts, domain string) string {
	c := h.dial("lan@" + domain)
	h.must(c.Send(`<authenticate xmlns="urn:xmpp:sasl:2" mechanism="PLAIN"><initial-response>` + base64of("\x00lan\x00pencil") +
		`</initial-response><user-agent id="d4565fa7-4d72-4749-b3d3-740edbf87770"><software>Bot</software></user-agent></authenticate>`))
	_, err := c.Next(h.ctx)
	h.must(err)
	c.Cut()
	list, _ := h.ask(h.client("lan@"+domain), "get", "", `<list xmlns="urn:xmpp:cam:0"/>`)
	return fmt.Sprint(strings.Contains(list.String(), "<software>Bot</software>"))
}

func plain(h *hosts, domain string) string {
	c := h.dial("lan@" + domain)
	return h.auth(c.Send, func() (*xmpp.Element, error) { return c.Next(h.ctx) }, "PLAIN", "\x00lan\x00pencil")
}

// bearer signs in with a token that is none.
func bearer(h *hosts, domain string) string {
	c := h.dial("lan@" + domain)
	return h.auth(c.Send, func() (*xmpp.Element, error) { return c.Next(h.ctx) }, "OAUTHBEARER", "n,a=lan@"+domain+",\x01auth=Bearer x\x01\x01")
}

// lenient tries channel binding of a type that nobody has, and then says that none was offered.
func lenient(h *hosts, domain string) string {
	secured := servertest.StartTLS(h.t, func(c *config.Config) {
		c.Hosts = append(c.Hosts, "example.org")
		c.Host = map[string]config.HostConfig{"example.org": {Modules: map[string]config.Section{"accounts": {"lenient_binding": false}}}}
	})
	secured.TLS = &tls.Config{RootCAs: secured.TLS.RootCAs, ServerName: servertest.Domain}
	h = &hosts{t: h.t, s: secured, ctx: h.ctx}
	c := h.dial("lan@" + domain)
	next := func() (*xmpp.Element, error) { return c.Next(h.ctx) }
	h.auth(c.Send, next, "SCRAM-SHA-1-PLUS", "p=tls-unique,,n=lan,r=abc")
	got := h.auth(c.Send, next, "SCRAM-SHA-1", "y,,n=lan,r=abc")
	return strings.Split(got, "abc")[0] // of the challenge: what is not random
}

// colleagues lists who is in the contacts, and in which group.
func colleagues(h *hosts, domain string) string {
	h.account("lan@" + domain)
	h.account("minh@" + domain)
	e, _ := h.ask(h.client("lan@"+domain), "get", "", `<query xmlns="%s"/>`, ns.Roster)
	var list []string
	for item := range e.Child(ns.Roster, "query").Elements() {
		list = append(list, item.Attr("jid")+" in "+item.ChildText(ns.Roster, "group"))
	}
	return strings.ReplaceAll(strings.Join(list, ", "), domain, "DOMAIN")
}

func contacts(h *hosts, domain string) (last string) {
	c := h.client("lan@" + domain)
	for _, who := range []string{"a", "b"} {
		_, last = h.ask(c, "set", "", `<query xmlns="%s"><item jid="%s@example.com"/></query>`, ns.Roster, who)
	}
	return last
}

// requests counts the requests of two strangers that wait.
func requests(h *hosts, domain string) string {
	lan := "lan@" + domain
	h.account(lan)
	for _, who := range []string{"a", "b"} {
		c := h.client(who + "@example.com")
		h.send(c, `<presence type="subscribe" to="%s"/>`, lan)
		h.collect(c)
	}
	c := h.client(lan)
	h.send(c, `<presence/>`)
	n := 0
	for _, e := range h.collect(c) {
		if e.Attr("type") == "subscribe" {
			n++
		}
	}
	return fmt.Sprint(n)
}

// waiting sends two messages that may not be kept for long to somebody who is offline.
func waiting(h *hosts, domain string) string {
	h.account("lan@" + domain)
	c := h.client("minh@" + domain)
	for range 2 {
		h.send(c, `<message to="lan@%s" type="chat"><body>hi</body><no-permanent-store xmlns="%s"/></message>`, domain, ns.Hints)
	}
	return fmt.Sprint(len(h.collect(c)), " refused")
}

// found searches for two people.
func found(h *hosts, domain string) string {
	h.account("lan1@" + domain)
	h.account("lan2@" + domain)
	e, got := h.ask(h.client("minh@"+domain), "set", domain, `<query xmlns="%s"><nick>lan</nick></query>`, ns.Search)
	if e == nil {
		return got
	}
	return fmt.Sprint(len(regexp.MustCompile("<item").FindAllString(e.String(), -1)), " found")
}

// policies shows what a domain tells of itself.
func policies(h *hosts, domain string) string {
	e, got := h.ask(h.client("lan@"+domain), "get", domain, `<query xmlns="%s"/>`, ns.DiscoInfo)
	if e == nil {
		return got
	}
	return strings.ReplaceAll(e.Child(ns.DiscoInfo, "query").String(), domain, "DOMAIN")
}

// channels asks for all public rooms.
func channels(h *hosts, domain string) string {
	_, got := h.ask(h.client("lan@"+domain), "get", "groups."+domain, `<search xmlns="urn:xmpp:channel-search:0:search"><x xmlns="%s" type="submit">`+
		`<field var="FORM_TYPE"><value>urn:xmpp:channel-search:0:search-params</value></field><field var="all"><value>1</value></field></x></search>`, ns.DataForm)
	return got
}

// several sends a message to two addresses and tells how that went.
func several(h *hosts, domain string) string {
	h.account("lan@" + domain)
	c := h.client("minh@" + domain)
	h.send(c, `<message to="%s"><addresses xmlns="%s"><address type="to" jid="lan@%[1]s"/><address type="noreply"/></addresses></message>`, domain, ns.Address)
	return fmt.Sprint(len(h.collect(c)), " refused")
}

// partner asks somebody of another server, which cannot be reached in any case.
func partner(h *hosts, domain string) string {
	_, got := h.ask(h.client("lan@"+domain), "get", "minh@example.edu/x", `<ping xmlns="%s"/>`, ns.Ping)
	return got
}

// sealed sends a message to itself that is encrypted from end to end, and tells how that went.
func sealed(h *hosts, domain string) string {
	c := h.client("lan@" + domain)
	h.send(c, `<message to="lan@%s" type="chat"><encrypted xmlns="%s"/></message>`, domain, ns.OMEMO)
	refused := 0
	for _, e := range h.collect(c) {
		if e.Attr("type") == "error" {
			refused++
		}
	}
	return fmt.Sprint(refused, " refused")
}

// managed asks to manage contacts.
func managed(h *hosts, domain string) string {
	_, err := h.s.Account(h.ctx, "hoa@"+domain)
	h.must(err)
	_, got := h.ask(h.client("lan@example.com"), "set", "hoa@"+domain, `<query xmlns="%s" type="request"/>`, ns.RosterManagement)
	return got
}

// reach shows the addresses of who runs a domain.
func reach(h *hosts, domain string) string {
	e, got := h.ask(h.client("lan@"+domain), "get", domain, `<query xmlns="%s"/>`, ns.DiscoInfo)
	if e == nil {
		return got
	}
	return fmt.Sprint(regexp.MustCompile(`[a-z]+-addresses`).FindString(e.String()))
}

func (h *hosts) register(domain, content string) string {
	h.t.Helper()
	_, got := h.ask(h.client("lan@"+domain), "set", domain, `<query xmlns="%s">%s</query>`, ns.Register, content)
	return got
}

// newPassword changes the password of an account to another.
func newPassword(to string) func(h *hosts, domain string) string {
	return func(h *hosts, domain string) string {
		return h.register(domain, `<username>lan</username><password>`+to+`</password>`)
	}
}

// slots asks for some, of files with these sizes, and returns how the last went.
func (h *hosts) slots(domain, purpose string, sizes ...int) (last string) {
	h.t.Helper()
	c := h.client("lan@" + domain)
	for _, size := range sizes {
		_, last = h.slot(c, domain, purpose, size)
	}
	return last
}

// expired uploads a file and fetches it at once.
func expired(h *hosts, domain string) string {
	e, got := h.slot(h.client("lan@"+domain), domain, "", 5)
	if e == nil {
		return got
	}
	u, err := url.Parse(e.Child(ns.Upload, "slot").Child(ns.Upload, "put").Attr("url"))
	h.must(err)
	do := func(method, body string) string {
		r, err := http.NewRequestWithContext(h.ctx, method, "http://"+h.web+u.EscapedPath(), strings.NewReader(body))
		h.must(err)
		resp, err := http.DefaultClient.Do(r)
		h.must(err)
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		h.must(err)
		return resp.Status
	}
	return do("PUT", "hello") + ", " + do("GET", "")
}

package server_test

import (
	"fmt"
	"regexp"
	"strings"
	"time"

	"myna/config"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// open is a server on which strangers make accounts.
var open = config.Section{"enabled": true}

// fields asks what is needed for an account, as a stranger.
func fields(h *hosts, domain string) string {
	c := h.dial("lan@" + domain)
	e, err := c.Ask(h.ctx, fmt.Sprintf(`<iq type="get" id="1"><query xmlns="%s"/></iq>`, ns.Register))
	if err != nil {
		return regexp.MustCompile("<not-authorized").FindString(err.Error())
	}
	return strings.ReplaceAll(e.String(), domain, "")
}

// registered makes two accounts, as two strangers.
func registered(h *hosts, domain string) (last string) {
	for _, name := range []string{"bill1", "bill2"} {
		c := h.dial("lan@" + domain)
		_, last = h.ask(c, "set", "", `<query xmlns="%s"><username>%s</username><password>a long secret</password></query>`, ns.Register, name)
	}
	return last
}

// invited invites two people.
func invited(h *hosts, domain string) (last string) {
	c := h.client("lan@" + domain)
	for range 2 {
		var e *xmpp.Element
		e, last = h.ask(c, "set", domain, `<command xmlns="%s" node="%s#invite"/>`, ns.Commands, ns.Invite)
		if e == nil {
			continue
		}
		found := regexp.MustCompile(`[0-9-]{10}T[0-9:]{8}Z`).FindString(e.String())
		if until, err := time.Parse(time.RFC3339, found); err == nil {
			last = fmt.Sprintf("good for %.0f days", time.Until(until).Hours()/24)
		}
	}
	return last
}

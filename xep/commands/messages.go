package commands

import (
	"context"
	"strconv"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// messages are the commands about what administrators have to say (XEP-0133 § 4.23 to § 4.28).
func (c *Commands) messages() []command {
	return []command{
		{node: "announce", name: "Send an announcement to users online", forms: []formOf{announceForm}, run: c.announce},                                                                     // § 4.23
		{node: "set-motd", name: "Set the message of the day", forms: []formOf{blankForm("Setting the message of the day", "motd", "Message of the day")}, run: c.setMessage("motd", false)}, // § 4.24
		{node: "edit-motd", name: "Edit the message of the day", forms: []formOf{c.messageForm("Editing the message of the day", "motd", "Message of the day")},
			run: c.setMessage("motd", true)}, // § 4.25
		{node: "delete-motd", name: "Delete the message of the day", run: c.deleteMessage("motd")}, // § 4.26
		{node: "set-welcome", name: "Set the welcome message", forms: []formOf{c.messageForm("Setting the welcome message", "welcome", "Welcome message")},
			run: c.setMessage("welcome", false)}, // § 4.27
		{node: "delete-welcome", name: "Delete the welcome message", run: c.deleteMessage("welcome")}, // § 4.28
	}
}

func announceForm(context.Context, *call) (*xmpp.Element, error) {
	return form.Titled("Making an announcement", "Everybody who is signed in now is told.", ns.Admin).Add(
		form.Need(form.Field("text-multi", "announcement", "Announcement"))), nil
}

// text is what was filled out in several lines.
func (k *call) text(field string) string { return strings.Join(k.values[field], "\n") }

func (c *Commands) announce(ctx context.Context, k *call) (outcome, error) {
	var done struct {
		Accounts int `json:"accounts"`
	}
	err := c.do(ctx, k, "domain.announce", object{"domain": k.at.Domain(), "text": k.text("announcement")}, &done)
	return outcome{note: "Users who were told: " + strconv.Itoa(done.Accounts)}, err
}

// blankForm asks for a standing message; messageForm shows the one that there is.
func blankForm(title, field, label string) formOf {
	return func(context.Context, *call) (*xmpp.Element, error) { return standingForm(title, field, label, ""), nil }
}

func (c *Commands) messageForm(title, field, label string) formOf {
	return func(ctx context.Context, k *call) (*xmpp.Element, error) {
		var m struct {
			Text string `json:"text"`
		}
		if err := c.do(ctx, k, "domain."+field, object{"domain": k.at.Domain()}, &m); err != nil {
			return nil, err
		}
		return standingForm(title, field, label, m.Text), nil
	}
}

func standingForm(title, field, label, text string) *xmpp.Element {
	var lines []string
	if text != "" {
		lines = strings.Split(text, "\n")
	}
	return form.Titled(title, "", ns.Admin).Add(form.Need(form.Field("text-multi", field, label, lines...)))
}

func (c *Commands) setMessage(field string, correct bool) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		text := k.text(field)
		if strings.TrimSpace(text) == "" {
			return outcome{}, bad("bad-payload", "A text is needed; another command deletes the message.")
		}
		return outcome{}, c.do(ctx, k, "domain.set-"+field, object{"domain": k.at.Domain(), "text": text, "correct": correct}, nil)
	}
}

func (c *Commands) deleteMessage(field string) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		return outcome{}, c.do(ctx, k, "domain.set-"+field, object{"domain": k.at.Domain()}, nil)
	}
}

// ends are the commands that end the server, for who administers all of it (§ 4.30, § 4.31).
func (c *Commands) ends() []command {
	whole := func(a *asker) bool { return a.account.Role == storage.ServerAdmin && !a.limited }
	return []command{
		{node: ns.Admin + "#restart", name: "Restart the server", allowed: whole, forms: []formOf{endForm("Restarting the service", "Time before restarting")}, run: c.stop(true)},
		{node: ns.Admin + "#shutdown", name: "Shut down the server", allowed: whole, forms: []formOf{endForm("Shutting down the service", "Time before shutting down")}, run: c.stop(false)},
	}
}

func endForm(title, label string) formOf {
	return func(context.Context, *call) (*xmpp.Element, error) {
		delay := form.Field("list-single", "delay", label, "60")
		for _, d := range []time.Duration{30, 60, 90, 120, 180, 240, 300} {
			form.Offer(delay, (d * time.Second).String(), strconv.Itoa(int(d)))
		}
		return form.Titled(title, "All domains of this server are concerned.", ns.Admin).Add(delay,
			form.Field("text-multi", "announcement", "Announcement")), nil
	}
}

func (c *Commands) stop(restart bool) func(context.Context, *call) (outcome, error) {
	return func(ctx context.Context, k *call) (outcome, error) {
		delay, err := strconv.Atoi(k.values.First("delay"))
		if k.values.First("delay") == "" {
			delay, err = 0, nil
		}
		if err != nil {
			return outcome{}, xmpp.Refuse(stanza.BadRequest, "The delay is no number.")
		}
		return outcome{}, c.do(ctx, k, "server.stop", object{"restart": restart, "delay": delay, "text": k.text("announcement")}, nil)
	}
}

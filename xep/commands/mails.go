package commands

import (
	"context"

	"myna/xmpp"
	"myna/xmpp/form"
)

// Mails are those that tell people what was said in their groups while they were not there. Its errors are stanza errors
// where the person may see them.
type Mails interface {
	// Work tells whether the server can send any.
	Work() bool
	// Usual is how often the people of a domain get one who have not chosen.
	Usual(domain string) string
	// Choice is what somebody has chosen: "default", "off", "15m", "1h" or "daily".
	Choice(ctx context.Context, account xmpp.JID) (string, error)
	// Choose keeps the choice of who asks from a full address.
	Choose(ctx context.Context, who xmpp.JID, choice string) error
}

// rhythm says in words how often mails come.
func rhythm(choice string) string {
	switch choice {
	case "15m":
		return "after 15 minutes"
	case "1h":
		return "after an hour"
	case "daily":
		return "after a day"
	}
	return "never"
}

func (c *Commands) mailsForm(ctx context.Context, k *call) (*xmpp.Element, error) {
	choice, err := c.Mails.Choice(ctx, k.at)
	if err != nil {
		return nil, err
	}
	f := form.Need(form.Field("list-single", "digest", "A mail comes", choice))
	form.Offer(f, "as is usual here: "+rhythm(c.Mails.Usual(k.at.Domain())), "default")
	for _, word := range []string{"off", "15m", "1h", "daily"} {
		form.Offer(f, rhythm(word), word)
	}
	return form.Titled("Mails about groups", "While none of your devices is here, one mail tells you in which groups something was said.", "").Add(f), nil
}

func (c *Commands) chooseMails(ctx context.Context, k *call) (outcome, error) {
	if err := c.Mails.Choose(ctx, k.who, k.values.First("digest")); err != nil {
		return outcome{}, err
	}
	return outcome{note: "Your choice is kept."}, nil
}

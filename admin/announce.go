package admin

import (
	"context"
	"strings"
	"unicode"
	"unicode/utf8"

	"myna/xep/announcements"
	"myna/xmpp"
)

// maxAnnouncement is in bytes.
const maxAnnouncement = 8192

// Announcer tells people what their administrators have to say.
type Announcer interface {
	// Announce tells the accounts of a domain that have a session, and returns how many there are.
	Announce(domain, text string) (int, error)
	Standing(ctx context.Context, domain string, kind announcements.Kind) (string, error)
	// Set sets a standing message; "" removes it. One that corrects what there is is not told again.
	Set(ctx context.Context, domain string, kind announcements.Kind, text string, correct bool) error
}

// Announce asks to tell everybody who is signed in.
type Announce struct {
	Domain string `json:"domain"`
	Text   string `json:"text"`
}

// Announced tells how many accounts were told.
type Announced struct {
	Accounts int `json:"accounts"`
}

// Announce tells all accounts of a domain that are signed in (XEP-0133 § 4.23).
func (a *Admin) Announce(ctx context.Context, who Actor, r Announce) (Announced, error) {
	j, err := a.oneDomain(who, r.Domain)
	if err != nil {
		return Announced{}, err
	}
	text, err := announcement(r.Text)
	if err != nil {
		return Announced{}, err
	}
	switch {
	case text == "":
		return Announced{}, refuse(Invalid, "announcement-missing", "what shall be announced? A text is needed")
	case a.Sessions == nil:
		return Announced{}, notRunning()
	}
	n, err := a.Announcer.Announce(j.Domain(), text)
	if err != nil {
		return Announced{}, stored(err, "announce to domain", j.Domain())
	}
	a.audit(ctx, who, "domain.announce", j, nil, map[string]any{"text": text, "accounts": n})
	return Announced{n}, nil
}

// oneDomain is a domain that the actor administers.
func (a *Admin) oneDomain(who Actor, domain string) (xmpp.JID, error) {
	if domain == "" {
		return xmpp.JID{}, refuse(Invalid, "domain-missing", "a domain is needed, such as %s", a.example())
	}
	name, err := a.listed(who, domain)
	if err != nil {
		return xmpp.JID{}, err
	}
	return xmpp.ParseJID(name)
}

// announcement checks a text of several lines.
func announcement(text string) (string, error) {
	text = strings.TrimSpace(text)
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }) {
		return "", refuse(Invalid, "text-unreadable", "the text must be readable text")
	}
	if len(text) > maxAnnouncement {
		return "", refuse(Invalid, "text-too-long", "the text is longer than %d bytes", maxAnnouncement)
	}
	return text, nil
}

// ShowMessage asks for a standing message of a domain.
type ShowMessage struct {
	Domain string `json:"domain"`
}

// Message is a standing message of a domain; without a text there is none.
type Message struct {
	Domain string `json:"domain"`
	Text   string `json:"text"`
}

// SetMessage sets a standing message of a domain; without a text it is removed.
type SetMessage struct {
	Domain  string `json:"domain"`
	Text    string `json:"text,omitempty"`
	Correct bool   `json:"correct,omitempty"` // it is not told again to who was told the one before
	New     bool   `json:"if_new,omitempty"`  // there must be none
	If
}

// ShowMOTD returns the message of the day.
func (a *Admin) ShowMOTD(ctx context.Context, who Actor, r ShowMessage) (Message, error) {
	return a.showMessage(ctx, who, r, announcements.OfTheDay)
}

// SetMOTD sets the message of the day, which everybody is told once: now, or at the next sign-in (XEP-0133 § 4.24 to § 4.26).
func (a *Admin) SetMOTD(ctx context.Context, who Actor, r SetMessage) (Message, error) {
	return a.setMessage(ctx, who, r, announcements.OfTheDay)
}

// ShowWelcome returns what new accounts are told.
func (a *Admin) ShowWelcome(ctx context.Context, who Actor, r ShowMessage) (Message, error) {
	return a.showMessage(ctx, who, r, announcements.Welcome)
}

// SetWelcome sets what new accounts are told when they first sign in (XEP-0133 § 4.27, § 4.28).
func (a *Admin) SetWelcome(ctx context.Context, who Actor, r SetMessage) (Message, error) {
	return a.setMessage(ctx, who, r, announcements.Welcome)
}

func (a *Admin) showMessage(ctx context.Context, who Actor, r ShowMessage, kind announcements.Kind) (Message, error) {
	j, err := a.oneDomain(who, r.Domain)
	if err != nil {
		return Message{}, err
	}
	text, err := a.Announcer.Standing(ctx, j.Domain(), kind)
	return Message{j.Domain(), text}, stored(err, "read message of domain", j.Domain())
}

// may tells why what there is keeps a message from being set.
func (r *SetMessage) may(now Message) error {
	if r.New && now.Text != "" {
		return refuse(Changed, "message-there", "there is a message already")
	}
	return r.check(now)
}

func (a *Admin) setMessage(ctx context.Context, who Actor, r SetMessage, kind announcements.Kind) (Message, error) {
	j, err := a.oneDomain(who, r.Domain)
	if err != nil {
		return Message{}, err
	}
	text, err := announcement(r.Text)
	if err != nil {
		return Message{}, err
	}
	a.decisions.Lock()
	defer a.decisions.Unlock()
	before, err := a.Announcer.Standing(ctx, j.Domain(), kind)
	if err == nil {
		err = r.may(Message{j.Domain(), before})
	}
	if err == nil {
		err = a.Announcer.Set(ctx, j.Domain(), kind, text, r.Correct)
	}
	if err != nil {
		return Message{}, stored(err, "set message of domain", j.Domain())
	}
	if before != text {
		a.audit(ctx, who, "domain."+string(kind), j, Message{j.Domain(), before}, Message{j.Domain(), text})
	}
	return Message{j.Domain(), text}, nil
}

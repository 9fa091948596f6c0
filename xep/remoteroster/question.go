package remoteroster

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// storeTime bounds what is read and written for an answer.
const storeTime = 10 * time.Second

// question asks an account, in a message that waits where nobody is signed in (§ 4.1).
func (m *RemoteRoster) question(account xmpp.JID, g *grant) {
	wish := fmt.Sprintf("%s wants to manage your contacts at %s.", g.Entity, g.Entity.Domain())
	if g.Reason != "" {
		wish += fmt.Sprintf(" It gives this reason: \u201c%s\u201d", g.Reason)
	}
	body := fmt.Sprintf("%s\nDo you allow it? Answer \u201cyes %s\u201d or \u201cno %s\u201d.", wish, g.Challenge, g.Challenge)
	x := form.Titled("May somebody manage your contacts?", wish+"\nDo you allow it?", ns.RosterManagement).Add(
		form.Field("hidden", "challenge", "", g.Challenge),
		form.Field("boolean", "answer", fmt.Sprintf("Allow %s to manage contacts at %s", g.Entity, g.Entity.Domain()), "1"))
	e := xmpp.NewMessage(account.DomainJID(), account, "", xmpp.El(ns.Client, "body").AddText(body), x).Set("id", xmpp.NewID())
	if err := m.Router.Send(e); err != nil {
		m.Logger.Error("question about contacts not sent", "account", account.String(), "entity", g.Entity.String(), "err", err)
	}
}

// answered takes the answer of an account to its domain (§ 4.1).
func (m *RemoteRoster) answered(p *hook.Packet) (taken bool, err error) {
	if p.Session == nil || p.From.Domain() != p.To.Domain() || !m.Possible(p.From.Domain()) {
		return false, nil
	}
	challenge, yes, ok, err := reply(p)
	if !ok || err != nil {
		return false, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	return true, m.decided(ctx, p.From.Bare(), challenge, yes)
}

// reply reads an answer; ok is false for a message that is none.
func reply(p *hook.Packet) (challenge string, yes, ok bool, err error) {
	if c := p.Find(ns.DataForm, "x"); c != nil {
		e, err := p.Element(c)
		if err != nil {
			return "", false, false, xmpp.Refuse(stanza.BadRequest, "")
		}
		v, err := form.Read(e)
		if err != nil || v.Type() != ns.RosterManagement {
			return "", false, false, nil
		}
		if !v.Has("answer") {
			return "", false, false, xmpp.Refuse(stanza.BadRequest, "The form says neither yes nor no.")
		}
		return v.First("challenge"), v.True("answer"), true, nil
	}
	c := p.Find(ns.Client, "body")
	if c == nil {
		return "", false, false, nil
	}
	e, err := p.Element(c)
	if err != nil {
		return "", false, false, xmpp.Refuse(stanza.BadRequest, "")
	}
	challenge, yes, ok = words(e.Text())
	return challenge, yes, ok, nil
}

// words reads an answer of the form "yes 12345678".
func words(text string) (challenge string, yes, ok bool) {
	list := strings.Fields(strings.NewReplacer("\u201c", " ", "\u201d", " ", `"`, " ", ".", " ").Replace(text))
	if len(list) != 2 || strings.Trim(list[1], "0123456789") != "" {
		return "", false, false
	}
	yes = strings.EqualFold(list[0], "yes")
	return list[1], yes, yes || strings.EqualFold(list[0], "no")
}

// decided does what an account has answered, and tells the entity (§ 4.1.1, § 4.1.2: a MUST).
func (m *RemoteRoster) decided(ctx context.Context, account xmpp.JID, challenge string, yes bool) error {
	g, err := m.grants.decide(ctx, account, challenge, yes, m.Now())
	if errors.Is(err, storage.ErrNotFound) {
		return xmpp.Refuse(stanza.ItemNotFound, "This question is not open any more.")
	}
	if err != nil {
		return err
	}
	if yes && !m.SharesPresence(account, g.Entity) { // it has ended unseen
		return errors.Join(m.end(ctx, account, g.Entity), xmpp.Refuse(stanza.ItemNotFound, "This question is not open any more."))
	}
	if yes {
		m.tell(account, &g, answer(allowed))
	} else {
		m.tell(account, &g, answer(rejected))
	}
	return nil
}

package digest

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Mail is one that is to be sent.
type Mail struct {
	From, To string // addresses
	Name     string // of who gets it
	Lang     string // of the text
	Subject  string
	Text     string
}

// Bounds of one mail.
const (
	maxCounted = 100     // messages of a group; more are "100+"
	maxBytes   = 4 << 20 // of these
	maxListed  = 30      // groups
)

// missed is what was said in a group.
type missed struct {
	name  string
	count int
	more  bool      // than were counted
	last  string    // who said the last of it
	read  time.Time // of the last message that was looked at
}

// tell sends a mail to somebody, unless he or she is there or nothing is new after all.
func (d *Digest) tell(ctx context.Context, who xmpp.JID, w *waiting) error {
	a, ok := d.Account(who)
	if !ok || d.there(who) || !d.Works() {
		return nil
	}
	sent, err := d.sent(ctx, who)
	if err != nil {
		return err
	}
	since := w.since
	if sent.After(since) {
		since = sent
	}
	newest := since
	var list []missed
	for _, g := range d.Groups(who) {
		m, err := d.missedIn(ctx, who, g, since, w.mentions[g.Room])
		if err != nil {
			return err
		}
		if m.count > 0 {
			list = append(list, m)
		}
		if m.read.After(newest) {
			newest = m.read
		}
	}
	if len(list) == 0 {
		return nil
	}
	if err := d.Send(ctx, d.compose(&a, list)); err != nil {
		return err
	}
	return d.Store.PutDoc(ctx, who, space, keySent, strconv.AppendInt(nil, newest.UnixMicro()+1, 10))
}

// missedIn is what others have said in a group since a time.
func (d *Digest) missedIn(ctx context.Context, who xmpp.JID, g Group, since time.Time, mentioned bool) (missed, error) {
	m := missed{name: g.Name}
	if d.Wants != nil && !d.Wants(ctx, who, g.Room, mentioned) {
		return m, nil
	}
	member, err := d.Since(ctx, who, g.Room)
	if err != nil {
		return m, err
	}
	if member.After(since) { // what was said before is not missed
		since = member
	}
	list, page, err := d.Store.Query(ctx, storage.Query{Owner: g.Room, Start: since, Max: maxCounted, MaxBytes: maxBytes})
	if err != nil {
		return m, ignore(err)
	}
	m.more = !page.Complete
	for i := range list {
		rec := &list[i]
		m.read = rec.Time()
		if rec.Flags&(storage.NoBody|storage.Hidden) != 0 || rec.Peer.Resource() == g.Nick || rec.Peer.Resource() == "" || retracted(rec) {
			continue
		}
		m.count++
		m.last = rec.Peer.Resource()
	}
	return m, nil
}

// retracted tells whether a message was taken back (XEP-0424 § 5).
func retracted(rec *storage.Record) bool {
	e, err := xmpp.ParseElement(rec.Stanza, ns.Client)
	return err != nil || e.Child(ns.Client, "body") == nil
}

// words are the texts of a mail in one language.
type words struct {
	subject, greeting, intro, line, more, link, end string
}

func wordsOf(lang string) words {
	if lang == "vi" {
		return words{
			"Tin nhắn mới: %s", "Xin chào %s,", "Khi bạn vắng mặt, trong các nhóm của bạn có:", "%s: %s tin nhắn, mới nhất của %s", "và %d nhóm khác",
			"Đọc tại: %s", "Thư này do máy chủ trò chuyện gửi tự động.",
		}
	}
	return words{
		"New messages in %s", "Hello %s,", "while you were away, in your groups there were:", "%s: %s, the last by %s", "and %d more groups",
		"Read them at %s", "This mail was sent by the chat server. Nobody reads answers to it.",
	}
}

// compose writes the mail.
func (d *Digest) compose(a *storage.Account, list []missed) *Mail {
	lang := "en"
	if strings.HasPrefix(strings.ToLower(a.Lang), "vi") {
		lang = "vi"
	}
	w, name := wordsOf(lang), a.Name
	if name == "" {
		name = a.JID.Local()
	}
	var names, lines []string
	for i, m := range list {
		if i < 3 {
			names = append(names, m.name)
		}
		if i == maxListed {
			lines = append(lines, fmt.Sprintf("- "+w.more, len(list)-maxListed))
			break
		}
		lines = append(lines, "- "+fmt.Sprintf(w.line, m.name, m.number(lang), m.last))
	}
	title := strings.Join(names, ", ")
	if len(list) > len(names) {
		title += ", …"
	}
	m := &Mail{From: d.Config.All().From, To: a.JID.String(), Name: a.Name, Lang: lang, Subject: fmt.Sprintf(w.subject, title)}
	if m.From == "" {
		m.From = "noreply@" + a.JID.Domain()
	}
	m.Text = strings.Join([]string{
		fmt.Sprintf(w.greeting, name), "", w.intro, "", strings.Join(lines, "\n"), "", fmt.Sprintf(w.link, d.Chat(a.JID.Domain())), "", "-- ", w.end, "",
	}, "\n")
	return m
}

// number says how many messages there were.
func (m *missed) number(lang string) string {
	n := strconv.Itoa(m.count)
	if m.more {
		n += "+"
	}
	switch {
	case lang == "vi":
		return n
	case n == "1":
		return "1 message"
	}
	return n + " messages"
}

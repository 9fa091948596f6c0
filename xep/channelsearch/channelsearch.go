// Package channelsearch finds public rooms by what they are called and are about (XEP-0433), whatever diacritics that is
// written with. A service of rooms answers for its own; large results come in pages (XEP-0059).
package channelsearch

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/fold"
	"myna/xmpp/ns"
	"myna/xmpp/rsm"
)

// Namespaces (XEP-0433 § 4).
const (
	nsSearch = ns.Channels + ":search"
	nsParams = ns.Channels + ":search-params"
	nsOrder  = ns.Channels + ":order"
	nsError  = ns.Channels + ":error"
)

// Config are the options of the search, [modules.channelsearch].
type Config struct {
	FullList bool `toml:"full_list" doc:"Everybody may list all public rooms, too, without searching for something."`
}

// DefaultConfig returns what suits most.
func DefaultConfig() Config { return Config{FullList: true} }

// maxResults is how many rooms an answer holds at most. The others come page by page.
const maxResults = 100

// Channel is a public room.
type Channel struct {
	JID                     xmpp.JID
	Name, Description, Lang string
	Occupants               int
	Open                    bool // it is entered without a password or membership
	NonAnonymous            bool // everybody sees everybody's address
}

// Options are what a Search is made of.
type Options struct {
	Config *config.Options[Config]
	// Channels returns the public rooms of a host in the order of their addresses. It answers from memory.
	Channels func(host string) []Channel
}

// Search is the module.
type Search struct{ Options }

// New returns the module.
func New(o Options) *Search { return &Search{o} }

// Register names what it does.
func (s *Search) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0433", Version: "0.1.0", Status: hook.Complete})
	r.Feature("groups", nsSearch)                              // § 4.1
	r.IQ("groups", xmpp.TypeGet, nsSearch, "search", s.answer) // § 4.2
}

// answer sends the form (§ 4.2.1), or what a form that was filled out finds (§ 4.2.2).
func (s *Search) answer(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
	x := q.Payload.Child(ns.DataForm, "x")
	if x == nil {
		return template(), nil
	}
	w, err := parse(x)
	if err != nil {
		return nil, err
	}
	if w.all && !s.Config.Of(q.Owner.Domain()).FullList {
		return nil, refuse(stanza.NotAllowed, "All rooms at once are not listed here. Search for something.", "full-set-retrieval-rejected")
	}
	page, err := rsm.Parse(q.Payload.Child(ns.RSM, "set"))
	if err != nil {
		return nil, err
	}
	var found []Channel
	if w.rooms {
		found = slices.DeleteFunc(s.Channels(q.Owner.Domain()), func(c Channel) bool { return !w.matches(&c) })
	}
	w.sort(found)
	from, to, err := page.Bounds(len(found), maxResults, func(id string) (int, bool) { return w.place(found, id) })
	if err != nil {
		return nil, err
	}
	e, first, last := xmpp.El(nsSearch, "result"), "", ""
	for i := from; i < to; i++ {
		e.Add(item(&found[i]))
	}
	if from < to {
		first, last = w.id(&found[from]), w.id(&found[to-1])
	}
	return e.Add(rsm.Note(first, last, from, len(found))), nil
}

// item describes a room (§ 6.2).
func item(c *Channel) *xmpp.Element {
	e := xmpp.El(nsSearch, "item").Set("address", c.JID.String())
	text := func(name, value string) {
		if value != "" {
			e.Add(xmpp.El(nsSearch, name).AddText(value))
		}
	}
	text("name", c.Name)
	text("description", c.Description)
	text("language", c.Lang)
	text("nusers", fmt.Sprint(c.Occupants))
	text("service-type", typeMUC)
	text("is-open", fmt.Sprint(c.Open))
	if c.NonAnonymous {
		text("anonymity-mode", "{"+ns.Channels+":anonymity}none")
	} else {
		text("anonymity-mode", "muc_semianonymous")
	}
	return e
}

// matches tells whether a room has all words that are looked for, each perhaps inside of another.
func (w *want) matches(c *Channel) bool {
	if w.all {
		return true
	}
	var texts []string
	for _, f := range []struct {
		in   bool
		text string
	}{{w.name, c.Name}, {w.description, c.Description}, {w.address, c.JID.String()}} {
		if f.in {
			texts = append(texts, fold.Text(f.text))
		}
	}
	text := strings.Join(texts, "\n")
	return !slices.ContainsFunc(w.words, func(word string) bool { return !strings.Contains(text, word) })
}

// sort puts rooms, which are in the order of their addresses, into the order that is wanted (§ 6.1): by address, or those
// with most people first.
func (w *want) sort(list []Channel) {
	if w.key == keyUsers {
		slices.SortStableFunc(list, func(a, b Channel) int { return cmp.Compare(b.Occupants, a.Occupants) })
	}
}

// id is where a room stands in the order, so that pages go on at the right place when the rooms change.
func (w *want) id(c *Channel) string {
	if w.key == keyUsers {
		return fmt.Sprint(c.Occupants, " ", c.JID)
	}
	return c.JID.String()
}

// place finds where a room with an id is, or would be; -1 where it cannot be one.
func (w *want) place(list []Channel, id string) (at int, found bool) {
	if w.key != keyUsers {
		return slices.BinarySearchFunc(list, id, func(c Channel, id string) int { return strings.Compare(c.JID.String(), id) })
	}
	var n int
	var address string
	if _, err := fmt.Sscanf(id, "%d %s", &n, &address); err != nil {
		return -1, false
	}
	return slices.BinarySearchFunc(list, n, func(c Channel, n int) int {
		return cmp.Or(cmp.Compare(n, c.Occupants), strings.Compare(c.JID.String(), address))
	})
}

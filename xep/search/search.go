// Package search finds people of a domain by name, address or department (XEP-0055), whatever diacritics they are
// written with. Only colleagues may search. Large results come in pages (XEP-0059).
package search

import (
	"context"
	"fmt"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/fold"
	"myna/xmpp/form"
	"myna/xmpp/ns"
	"myna/xmpp/rsm"
)

// Names of the form's fields. Those that are not registered (XEP-0055 § 7.2) begin with x- (XEP-0068 § 3.2).
const (
	fieldText       = "x-search"
	fieldNick       = "nick"
	fieldEmail      = "email"
	fieldDepartment = "x-department"
)

// maxQuery bounds what is searched for, in bytes of all fields.
const maxQuery = 1024

// Config are the options of the search.
type Config struct {
	Enabled    bool `toml:"enabled" policy:"domain" doc:"Colleagues may search the accounts of their domain."`
	MaxResults int  `toml:"max_results" min:"1" max:"1000" doc:"Most people that one answer holds. Clients that know how get the others page by page."`
}

// DefaultConfig returns what suits most.
func DefaultConfig() Config { return Config{Enabled: true, MaxResults: 50} }

// Options are what a Search is made of.
type Options struct {
	Config    *config.Options[Config]
	Directory func(domain string) Directory
}

// Search is the module.
type Search struct {
	Options
	indexes indexes
}

// New returns the module.
func New(o Options) *Search { return &Search{Options: o, indexes: indexes{m: map[string]*index{}}} }

// Register names what it does.
func (s *Search) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0055", Version: "1.3", Status: hook.Complete})
	r.Feature(hook.Server, ns.Search)
	r.IQ(hook.Server, xmpp.TypeGet, ns.Search, "query", s.fields) // § 2.1
	r.IQ(hook.Server, xmpp.TypeSet, ns.Search, "query", s.search) // § 2.1
}

// admit checks who asks and returns the options of the domain.
func (s *Search) admit(q *hook.Request) (*Config, error) {
	cfg := s.Config.Of(q.Owner.Domain())
	if !cfg.Enabled {
		return cfg, xmpp.Refuse(stanza.ServiceUnavailable, "")
	}
	if q.Session == nil || q.From.Domain() != q.Owner.Domain() {
		return cfg, xmpp.Refuse(stanza.Forbidden, "Only people of the domain may search it.")
	}
	return cfg, nil
}

// fields tells what can be searched for (§ 2.1), also as a form (§ 3).
func (s *Search) fields(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
	if _, err := s.admit(q); err != nil {
		return nil, err
	}
	const instructions = "Fill in one or more fields. Parts of words are enough, with or without diacritics."
	x := form.Titled("Search people", instructions, ns.Search).Add(
		form.Field("text-single", fieldText, "Name, address or department"),
		form.Field("text-single", fieldNick, "Name"),
		form.Field("text-single", fieldEmail, "Address"),
		form.Field("text-single", fieldDepartment, "Department"),
	)
	return xmpp.El(ns.Search, "query",
		xmpp.El(ns.Search, "instructions").AddText(instructions),
		xmpp.El(ns.Search, "nick"), xmpp.El(ns.Search, "email"), x), nil
}

// query is what somebody looks for: folded words, of which each must be found.
type query struct {
	any, name, address, department []string
	asForm                         bool
	page                           rsm.Request
	paged                          bool // a page was asked for
}

// search answers with the people who match (§ 2.1, § 3).
func (s *Search) search(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
	cfg, err := s.admit(q)
	if err != nil {
		return nil, err
	}
	want, err := parse(q.Payload)
	if err != nil {
		return nil, err
	}
	ix := s.indexes.of(q.Owner.Domain(), s.Directory(q.Owner.Domain()))
	var found []storage.Account
	for i := range ix.rows {
		if ix.rows[i].matches(want) {
			found = append(found, ix.rows[i].account)
		}
	}
	found, set, err := rsm.Cut(found, want.page, cfg.MaxResults, func(a storage.Account) string { return a.JID.String() })
	if err != nil {
		return nil, err
	}
	e := xmpp.El(ns.Search, "query")
	switch {
	case len(found) == 0: // § 2.1: an empty query
	case want.asForm:
		e.Add(table(found))
	default:
		for _, a := range found {
			e.Add(item(a))
		}
	}
	if want.paged {
		e.Add(set)
	}
	return e, nil
}

// parse reads a search, be it with plain fields or with a form.
func parse(e *xmpp.Element) (query, error) {
	var want query
	values := form.Values{}
	x := e.Child(ns.DataForm, "x")
	if want.asForm = x != nil; want.asForm {
		var err error
		if values, err = form.Read(x); err != nil {
			return want, xmpp.Refuse(stanza.BadRequest, sentence(err))
		}
		if t := values.Type(); t != "" && t != ns.Search {
			return want, xmpp.Refuse(stanza.BadRequest, "The form is for something else.")
		}
	}
	text := func(name string) string {
		if want.asForm {
			return values.First(name)
		}
		return e.ChildText(ns.Search, name)
	}
	size := 0
	words := func(names ...string) []string {
		var list []string
		for _, n := range names {
			t := text(n)
			if size += len(t); size > maxQuery {
				return nil
			}
			list = append(list, strings.Fields(fold.Text(strings.ReplaceAll(t, "*", " ")))...)
		}
		return list
	}
	want.any = words(fieldText)
	want.name = words(fieldNick, "first", "last") // one name is all that is known: its parts are in no certain order
	want.address = words(fieldEmail)
	want.department = words(fieldDepartment)
	if size > maxQuery {
		return want, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("A search may have %d bytes of text.", maxQuery))
	}
	set := e.Child(ns.RSM, "set")
	var err error
	want.page, err = rsm.Parse(set)
	want.paged = set != nil
	return want, err
}

func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

func item(a storage.Account) *xmpp.Element {
	return xmpp.El(ns.Search, "item",
		xmpp.El(ns.Search, "nick").AddText(display(a)),
		xmpp.El(ns.Search, "email").AddText(a.JID.String())).Set("jid", a.JID.String())
}

// table is the result as a form (§ 3, XEP-0004 § 3.4).
func table(found []storage.Account) *xmpp.Element {
	x := form.New("result", ns.Search).Add(form.Reported(
		form.Field("jid-single", "jid", "Address"),
		form.Field("text-single", fieldNick, "Name"),
		form.Field("text-single", fieldEmail, "E-mail"),
		form.Field("text-single", fieldDepartment, "Department"),
	))
	for _, a := range found {
		x.Add(form.Item(form.Field("", "jid", "", a.JID.String()), form.Field("", fieldNick, "", display(a)),
			form.Field("", fieldEmail, "", a.JID.String()), form.Field("", fieldDepartment, "", a.Department)))
	}
	return x
}

func display(a storage.Account) string {
	if a.Name == "" {
		return a.JID.Local()
	}
	return a.Name
}

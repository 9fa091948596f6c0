package channelsearch

import (
	"fmt"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/xmpp"
	"myna/xmpp/fold"
	"myna/xmpp/form"
)

// The orders of a result, and the only kind of room there is (§ 6.1, § 6.2).
const (
	keyUsers   = "{" + nsOrder + "}nusers"
	keyAddress = "{" + nsOrder + "}address"
	typeMUC    = "xep-0045"
)

// maxQuery bounds what is searched for, in bytes.
const maxQuery = 1024

// template is the form with the values that count where a field is left out (§ 4.2.1, § 5).
func template() *xmpp.Element {
	return xmpp.El(nsSearch, "search", form.New("form", nsParams).Add(
		form.Field("text-single", "q", "Search for"),
		form.Field("boolean", "all", "Return all entries (ignore search terms)", "false"),
		form.Field("boolean", "sinname", "Search in name", "true"),
		form.Field("boolean", "sindescription", "Search in description", "true"),
		form.Field("boolean", "sinaddress", "Search in address", "true"),
		form.Offer(form.Field("list-multi", "types", "Service types", typeMUC), "XEP-0045 Multi User Chats", typeMUC),
		form.Offer(form.Offer(form.Field("list-single", "key", "Sort results by", keyUsers),
			"Number of online users", keyUsers), "Address", keyAddress),
	))
}

// want is what somebody looks for.
type want struct {
	all                        bool
	words                      []string // folded
	name, description, address bool     // where they are looked for
	rooms                      bool     // rooms of XEP-0045 are wanted
	key                        string
}

// parse reads a form that was filled out. Fields that are not known do not count (§ 5).
func parse(x *xmpp.Element) (*want, error) {
	v, err := form.Read(x)
	if err != nil || v.Type() != nsParams {
		return nil, xmpp.Refuse(stanza.BadRequest, "This is no form of a search for channels.")
	}
	on := func(name string) bool { return !v.Has(name) || v.True(name) }
	w := &want{
		all: v.True("all"), name: on("sinname"), description: on("sindescription"), rooms: !v.Has("types"),
		address: on("sinaddress") && on("sinaddr"), // the examples of § 4.2.1 and the table of § 6.1 do not agree
		key:     v.First("key"),
	}
	for _, t := range v.List("types") {
		w.rooms = w.rooms || t == typeMUC
	}
	if !v.Has("key") {
		w.key = keyUsers
	}
	if w.key != keyUsers && w.key != keyAddress { // § 4.2.2.2
		return nil, refuse(stanza.FeatureNotImplemented, "", "invalid-sort-key").WithType(stanza.Modify)
	}
	q := v.First("q")
	switch {
	case w.all && q != "": // § 4.2.2.6
		e := xmpp.El(nsError, "conflicting-fields", xmpp.El(nsError, "var").AddText("all"), xmpp.El(nsError, "var").AddText("q"))
		return nil, xmpp.Refuse(stanza.BadRequest, "Cannot both return all results and search for keywords.").WithApp(e)
	case w.all:
		return w, nil
	case !v.Has("q"): // § 4.2.2.7
		return nil, refuse(stanza.BadRequest, "Say what to search for.", "no-search-conditions").WithType(stanza.Cancel)
	case len(q) > maxQuery:
		return nil, refuse(stanza.BadRequest, fmt.Sprintf("A search may have %d bytes of text.", maxQuery), "invalid-search-terms")
	}
	w.words = strings.Fields(fold.Text(q))
	if len(w.words) == 0 || !w.name && !w.description && !w.address { // § 4.2.2.3
		return nil, refuse(stanza.BadRequest, "A search needs a word, and a place where to look for it.", "invalid-search-terms")
	}
	return w, nil
}

// refuse is an error with a condition of this specification (§ 4.2.2).
func refuse(c stanza.Condition, text, condition string) *xmpp.Refusal {
	return xmpp.Refuse(c, text).WithApp(xmpp.El(nsError, condition))
}

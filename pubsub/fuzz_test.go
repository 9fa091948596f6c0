package pubsub

import (
	"slices"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// What a form is read as is written and read as the same again; what cannot be in force does not get through.
func FuzzForm(f *testing.F) {
	f.Add(`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>t</value></field><field var="pubsub#access_model"><value>open</value></field></x>`)
	f.Add(`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>t</value></field><field var="pubsub#max_items"><value>007</value></field></x>`)
	f.Add(`<x xmlns="jabber:x:data" type="submit"><field var="FORM_TYPE"><value>t</value></field><field var="pubsub#roster_groups_allowed"><value>a</value><value>b</value></field></x>`)
	f.Fuzz(func(t *testing.T, text string) {
		x, err := xmpp.ParseElement([]byte(text), "")
		if err != nil {
			return
		}
		set, _, ok := submitted(x, "t")
		if !ok {
			return
		}
		for name, v := range set {
			again, ok := fieldOf(name).normal(strings.Split(v, "\n"))
			if !ok || again != v {
				t.Errorf("%s: %q is read again as %q, %v", name, v, again, ok)
			}
		}
	})
}

// A page is a part of the list, never longer than asked for, whatever is asked.
func FuzzPage(f *testing.F) {
	f.Add("2", "a", "", "", false)
	f.Add("0", "", "", "", true)
	f.Add("1", "", "c", "9", true)
	list := []storage.Item{{ID: "a"}, {ID: "b"}, {ID: "c"}, {ID: "d"}}
	f.Fuzz(func(t *testing.T, most, after, before, at string, backwards bool) {
		set := xmpp.El(ns.RSM, "set", xmpp.El(ns.RSM, "max").AddText(most))
		if after != "" {
			set.Add(xmpp.El(ns.RSM, "after").AddText(after))
		}
		if before != "" || backwards {
			set.Add(xmpp.El(ns.RSM, "before").AddText(before))
		}
		if at != "" {
			set.Add(xmpp.El(ns.RSM, "index").AddText(at))
		}
		got, note, err := page(list, set)
		if err != nil {
			return
		}
		if note == nil || len(got) > len(list) {
			t.Fatalf("%d items, note %v", len(got), note)
		}
		for i := range got {
			if !slices.ContainsFunc(list, func(it storage.Item) bool { return it.ID == got[i].ID }) || i > 0 && got[i].ID <= got[i-1].ID {
				t.Errorf("not a part of the list in its order: %v", got)
			}
		}
	})
}

package pubsub

import (
	"strings"
	"testing"

	"myna/xmpp"
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
		set, _, err := submitted(x, "t", fields)
		if err != nil {
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

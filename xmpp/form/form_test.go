package form_test

import (
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/form"
)

func parse(t *testing.T, s string) *xmpp.Element {
	t.Helper()
	e, err := xmpp.ParseElement([]byte(s), "jabber:x:data")
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestRead(t *testing.T) {
	v, err := form.Read(parse(t, `<x type="submit"><title>x</title><field var="FORM_TYPE"><value>urn:t</value></field>`+
		`<field var="a"><value> 1 </value><value/></field><field var="b"/><field var="c"><value>true</value></field></x>`))
	if err != nil {
		t.Fatal(err)
	}
	if v.Type() != "urn:t" || v.First("a") != " 1 " || len(v.List("a")) != 1 || v.List("a")[0] != "1" || !v.Has("b") || v.Has("d") ||
		v.First("b") != "" || !v.True("c") || v.True("a") {
		t.Errorf("got %v", v)
	}
	if v, err := form.Read(parse(t, `<x type="cancel"><field var="a"/></x>`)); err != nil || len(v) != 0 {
		t.Errorf("cancel: %v, %v", v, err)
	}
	for name, bad := range map[string]string{
		"no form":       `<y type="submit"/>`,
		"other type":    `<x type="form"/>`,
		"no type":       `<x/>`,
		"twice":         `<x type="submit"><field var="a"/><field var="a"/></x>`,
		"many values":   `<x type="submit"><field var="a">` + strings.Repeat("<value/>", 10001) + `</field></x>`,
		"other element": `<x xmlns="urn:x" type="submit"/>`,
	} {
		if v, err := form.Read(parse(t, bad)); err == nil {
			t.Errorf("%s is read as %v", name, v)
		}
	}
	many := xmpp.El("jabber:x:data", "x").Set("type", "submit")
	for range 201 {
		many.Add(form.Field("", xmpp.NewID(), ""))
	}
	if _, err := form.Read(many); err == nil {
		t.Error("201 fields are read")
	}
	if _, err := form.Read(nil); err == nil {
		t.Error("nothing is read")
	}
}

func TestCheck(t *testing.T) {
	shown := form.Titled("T", "I", "urn:t").Add(
		form.Need(form.Field("text-single", "a", "The A")),
		form.Field("boolean", "b", "B"),
		form.Field("jid-multi", "j", ""),
		form.Offer(form.Offer(form.Field("list-single", "l", "L", "1"), "one", "1"), "", "2"),
		form.Field("text-multi", "m", "M"))
	for _, tt := range []struct{ name, fields, wrong string }{
		{"all", `<field var="FORM_TYPE"><value>urn:t</value></field><field var="a"><value>x</value></field><field var="b"><value>1</value></field>` +
			`<field var="j"><value>a@b</value><value>c@d</value></field><field var="l"><value>2</value></field>` +
			`<field var="m"><value>1</value><value>2</value></field><field var="z"><value>9</value></field>`, ""},
		{"what is needed", `<field var="a"><value>x</value></field><field var="l"/>`, ""},
		{"required", `<field var="a"><value/></field>`, "please fill in: The A"},
		{"two for one", `<field var="a"><value>x</value><value>y</value></field>`, "The A: one value"},
		{"boolean", `<field var="a"><value>x</value></field><field var="b"><value>yes</value></field>`, "B: \"yes\""},
		{"address", `<field var="a"><value>x</value></field><field var="j"><value>@</value></field>`, "j: \"@\" is no address"},
		{"option", `<field var="a"><value>x</value></field><field var="l"><value>3</value></field>`, "L: \"3\""},
		{"form type", `<field var="FORM_TYPE"><value>urn:u</value></field><field var="a"><value>x</value></field>`, "FORM_TYPE"},
	} {
		v, err := form.Read(parse(t, `<x type="submit">`+tt.fields+`</x>`))
		if err != nil {
			t.Fatal(tt.name, err)
		}
		err = form.Check(shown, v)
		if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.wrong)
		}
	}
}

func TestRemember(t *testing.T) {
	shown := form.New("form", "urn:t").Add(form.Need(form.Field("text-single", "a", "A", "old")), form.Field("text-private", "p", ""),
		form.Field("", "k", "", "kept"))
	got := form.Remember(shown, form.Values{"a": {"new"}, "p": {"secret"}, "FORM_TYPE": {"urn:u"}}).String()
	want := form.New("form", "urn:t").Add(form.Need(form.Field("text-single", "a", "A", "new")), form.Field("text-private", "p", ""),
		form.Field("", "k", "", "kept")).String()
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if !strings.Contains(shown.String(), "old") {
		t.Error("the form itself was changed")
	}
}

// FuzzForm checks that nothing that a client fills out does harm, and that what was accepted is accepted again.
func FuzzForm(f *testing.F) {
	for _, s := range []string{`<x type="submit"><field var="a"><value>1</value></field></x>`, `<x type="cancel"/>`,
		`<x type="submit"><field var="l"><value>2</value></field><field/><field var="j"><value>@</value></field></x>`} {
		f.Add([]byte(s))
	}
	shown := form.New("form", "urn:t").Add(form.Need(form.Field("text-single", "a", "")), form.Field("boolean", "b", ""),
		form.Field("jid-multi", "j", ""), form.Offer(form.Field("list-single", "l", ""), "", "2"))
	f.Fuzz(func(t *testing.T, b []byte) {
		x, err := xmpp.ParseElement(b, "jabber:x:data")
		if err != nil {
			return
		}
		v, err := form.Read(x)
		if err != nil || form.Check(shown, v) != nil {
			return
		}
		again := form.New("submit", v.Type())
		for name, values := range v {
			if name != "FORM_TYPE" {
				again.Add(form.Field("", name, "", values...))
			}
		}
		w, err := form.Read(again)
		if err == nil {
			err = form.Check(shown, w)
		}
		if err != nil {
			t.Errorf("%s, read from %q: %v", again, b, err)
		}
		form.Remember(shown, v)
	})
}

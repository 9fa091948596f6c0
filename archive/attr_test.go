package archive

import (
	"testing"

	"myna/xmpp"
	"myna/xmpp/wire"
)

func TestAttr(t *testing.T) {
	for _, c := range []struct {
		element, want string
		ok            bool
	}{
		{`<x by="a"/>`, "a", true},
		{`<x by='a"b'>by="c"</x>`, `a"b`, true},
		{"<x\n\tid = '1'\n by\n=\n'a'>", "a", true},
		{`<p:x xmlns:p="urn:x" p:by="b" by="a"/>`, "a", true},
		{`<x p:by="b"/>`, "", false},
		{`<x by="&lt;&#65;&amp;"/>`, "<A&", true},
		{`<x by=""/>`, "", true},
		{`<x/>`, "", false},
		{`<x>by="a"</x>`, "", false},
		{`<x a="by='b'"/>`, "", false},
		{`<x a=">" by="a"/>`, "a", true},
		{`<x by`, "", false},
		{`<x by=`, "", false},
		{`<x by="`, "", false},
		{``, "", false},
		{`<`, "", false},
	} {
		got, ok := attr([]byte(c.element), "by")
		if got != c.want || ok != c.ok {
			t.Errorf("%s: %q, %v", c.element, got, ok)
		}
	}
}

// FuzzAttr: for everything that the scanner accepts it says what the tree says.
func FuzzAttr(f *testing.F) {
	for _, s := range []string{`<x by="a"/>`, `<x xmlns="urn:x" a='1' by = "&amp;">t</x>`, `<p:x xmlns:p='u' p:by="1"/>`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := attr([]byte(s), "by")
		st, err := wire.Parse([]byte("<message>" + s + "</message>"))
		if err != nil || len(st.Children) != 1 || st.Content.Start != st.Children[0].Start {
			return
		}
		e, err := xmpp.ParseElement(st.Bytes(&st.Children[0]), "")
		if err != nil {
			return
		}
		if want, there := e.LookupAttr("", "by"); want != got || there != ok {
			t.Errorf("%q, %v instead of %q, %v", got, ok, want, there)
		}
	})
}

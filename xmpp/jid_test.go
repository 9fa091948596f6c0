package xmpp

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"mellium.im/xmpp/jid"
)

var label63 = strings.Repeat("x", 63)

func TestParseJID(t *testing.T) {
	for _, c := range []struct{ in, local, domain, resource string }{
		{"example.com", "", "example.com", ""},
		{"lan@example.com", "lan", "example.com", ""},
		{"lan@example.com/phone", "lan", "example.com", "phone"},
		{"example.com/a@b/c", "", "example.com", "a@b/c"},
		{"Lan@Example.COM/Phone", "lan", "example.com", "Phone"},
		{"nguyễn@example.com/điện thoại", "nguyễn", "example.com", "điện thoại"},
		{"a@xn--bcher-kva.example", "a", "bücher.example", ""},
		{"a@example.com.", "a", "example.com", ""},
		{"a@[::1]", "a", "[::1]", ""},
		{"a@127.0.0.1/x", "a", "127.0.0.1", "x"},
		{"a@127.0.0.1.", "a", "127.0.0.1", ""},
		{"a@" + label63 + ".example", "a", label63 + ".example", ""},
		{"a@" + strings.Repeat("x.", 511) + "x", "a", strings.Repeat("x.", 511) + "x", ""},
		{"a@日本。jp", "a", "日本.jp", ""},
		{"ａ@example.com", "a", "example.com", ""},
		{"a.b-c_d+e=f~g%h@example.com", "a.b-c_d+e=f~g%h", "example.com", ""},
	} {
		j, err := ParseJID(c.in)
		if err != nil || j.Local() != c.local || j.Domain() != c.domain || j.Resource() != c.resource {
			t.Errorf("%q: %q %q %q, %v", c.in, j.Local(), j.Domain(), j.Resource(), err)
			continue
		}
		again, err := ParseJID(j.String())
		if err != nil || again != j {
			t.Errorf("%q: %q read again is %q, %v", c.in, j, again, err)
		}
		n, err := NewJID(c.local, c.domain, c.resource)
		if err != nil || n != j {
			t.Errorf("%q from its parts: %q, %v", c.in, n, err)
		}
		bare, err := NewJID(c.local, c.domain, "")
		if err != nil || j.Bare() != bare || !bare.IsBare() || j.IsBare() != (c.resource == "") {
			t.Errorf("%q: bare %q, %v", c.in, j.Bare(), err)
		}
		if w, err := bare.WithResource(c.resource); err != nil || w != j {
			t.Errorf("%q: with resource %q, %v", c.in, w, err)
		}
		if d, err := ParseJID(c.domain); err != nil || j.DomainJID() != d {
			t.Errorf("%q: domain %q, %v", c.in, j.DomainJID(), err)
		}
	}
}

func TestParseJIDBad(t *testing.T) {
	long := strings.Repeat("x", 1024)
	for _, in := range []string{
		"", "@example.com", "a@", "a@/b", "/b", "example.com/", "a@example.com/", "a b@example.com", "a\"b@example.com",
		"a<@example.com", "a@b@example.com", long + "@example.com", "a@example.com/" + long, "a@\xff", "\xff@example.com",
		"a@.", "a@..", "a@.b", "a@b..", "a@b..c", "a@b...", "a@\u3002b", ".b", "a@-b", "a@b-", "a@b.-c.d", "a@b-.c", "a@-ü.de", "a@ü-.de", // RFC 7622 § 3.2
		"a@xn--", "a@xn--a", "a@ab--c.d", "a@a_b.de", "a@*.de", "a@b:5222", "a@[::1", "a@::1", "a@[1.2.3.4]", "a@[fe80::1%eth0]", "a@[::1].b",
		"a@x" + label63, "a@x" + label63 + ".de", "a@" + strings.Repeat("ü", 60) + ".de", "a@" + strings.Repeat("x.", 512) + "x",
		"a@example.com/\xff", "a@example.com/\x00", "a@example com", "a@example.com/a\u200b\u0007", "a@" + long,
	} {
		if j, err := ParseJID(in); err == nil {
			t.Errorf("%.40q is taken for %q %q %q", in, j.Local(), j.Domain(), j.Resource())
		}
	}
	if _, err := NewJID("a", "example.com/x", ""); err == nil {
		t.Error("a domain with a slash")
	}
	if _, err := NewJID("a@b", "example.com", ""); err == nil {
		t.Error("a localpart with an at sign")
	}
	if _, err := NewJID("", "a@example.com", ""); err == nil {
		t.Error("a domain with an at sign")
	}
	if _, err := (JID{}).WithResource("x"); err == nil {
		t.Error("a resource of no address")
	}
}

func TestJIDText(t *testing.T) {
	var v struct{ A JID }
	if err := json.Unmarshal([]byte(`{"A":"Lan@example.com/x"}`), &v); err != nil || v.A.String() != "lan@example.com/x" {
		t.Fatal(v.A, err)
	}
	b, err := json.Marshal(v)
	if err != nil || string(b) != `{"A":"lan@example.com/x"}` {
		t.Fatal(string(b), err)
	}
	if err := json.Unmarshal([]byte(`{"A":"a@"}`), &v); err == nil || v.A.String() != "lan@example.com/x" {
		t.Fatal("a bad address changed the old one", v.A)
	}
}

func TestJIDAllocations(t *testing.T) {
	var j JID
	if n := testing.AllocsPerRun(100, func() {
		j, _ = ParseJID("romeo@montague.example/orchard")
		j = j.Bare()
	}); n != 0 || j.String() != "romeo@montague.example" {
		t.Errorf("%v allocations, %q", n, j)
	}
}

// FuzzJID checks that the quick way agrees with the tables, and that a prepared address stays as it is.
func FuzzJID(f *testing.F) {
	for _, s := range []string{"a@b/c", "A@B.c/D", "a.b@xn--bcher-kva.example/x y", "a@b--c.d", "a@ab--c.d", "a@1.2.3.4", "a@b.",
		"nguyễn@ví.dụ/điện", "a@b/@/", "[::1]", "a@-b", "a@b/ ", "a@b/\u00a0", "ⅳ@b", "a@0x7f.1", "a%b@c", "a~@c", "a@b\u3002c", "ß@ß.de", "a@.b",
		"a@b..", "a@b..c", "a@\u3002b", "a@[::1].b", "a@xn--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		j, err := ParseJID(s)
		want, wantErr := jid.Parse(s)
		stable := false
		for i := 0; i < 3 && wantErr == nil && !stable; i++ { // once is not always enough
			before := want
			want, wantErr = jid.New(want.Localpart(), want.Domainpart(), want.Resourcepart())
			stable = want.Equal(before)
		}
		if wantErr == nil && !stable {
			wantErr = errors.New("not stable")
		}
		if wantErr == nil && !labels(s, want.Domainpart()) {
			wantErr = errors.New("no labels")
		}
		if len(s) <= maxJID && (err == nil) != (wantErr == nil) {
			t.Fatalf("%q: %v, by the tables %v", s, err, wantErr)
		}
		if err != nil {
			return
		}
		if j.Local() != want.Localpart() || j.Domain() != want.Domainpart() || j.Resource() != want.Resourcepart() || j.String() != want.String() {
			t.Fatalf("%q: %q, by the tables %q", s, j, want)
		}
		again, err := ParseJID(j.String())
		if err != nil || again != j {
			t.Fatalf("%q: %q read again is %q, %v", s, j, again, err)
		}
		if n, err := NewJID(j.Local(), j.Domain(), j.Resource()); err != nil || n != j {
			t.Fatalf("%q: from its parts %q, %v", s, n, err)
		}
	})
}

// labels tells whether a domain is made of labels, as it was given and as it is prepared; what is too long for the DNS is
// not looked at.
func labels(given, domain string) bool {
	_, d, _, err := jid.SplitString(given)
	if err != nil {
		return false
	}
	once, err := jid.New("", d, "")
	return err == nil && hasLabels(once.Domainpart()) && checkLabels(domain) == nil
}

package xmpp

import "testing"

func TestCircle(t *testing.T) {
	c, err := ParseCircle([]string{"lan@example.com", "example.org"})
	if err != nil {
		t.Fatal(err)
	}
	for text, in := range map[string]bool{
		"lan@example.com": true, "lan@example.com/desk": true, "minh@example.com": false, "example.com": false,
		"example.org": true, "anybody@example.org/x": true, "a@sub.example.org": false,
	} {
		if j, err := ParseJID(text); err != nil || c.Has(j) != in {
			t.Errorf("%s: %v, %v", text, !in, err)
		}
	}
	for _, text := range []string{"", "a@", "lan@example.com/desk"} {
		if _, err := ParseCircle([]string{text}); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

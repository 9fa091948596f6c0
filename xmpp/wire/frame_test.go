package wire

import "testing"

// TestNoElement gives the readers of whole elements what is none.
func TestNoElement(t *testing.T) {
	for _, s := range []string{"", "<", "</", "</a>", "x", "<!", "<?", "<a", "<a/><b/>", "<a/>x"} {
		if st, err := Parse([]byte(s)); err == nil {
			t.Errorf("Parse(%q) is %v", s, st.Name)
		}
		if st, err := NewScanner(DefaultLimits(), "jabber:client").Frame([]byte(s)); err == nil {
			t.Errorf("Frame(%q) is %v", s, st.Name)
		}
	}
}

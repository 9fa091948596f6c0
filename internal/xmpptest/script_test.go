package xmpptest

import (
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct{ name, script, wrong string }{
		{"no citation", "client a/b\n", "line 1: want"},
		{"citation without sentence", "# XEP-0045 § 7.2:\n", "line 1: want"},
		{"undeclared", head + "romeo/c > <presence/>\n", "line 3: client romeo/c is not declared"},
		{"declared twice", head + "client romeo/a\n", "line 3: client romeo/a is declared twice"},
		{"unknown option", head + "client romeo/c (loud)\n", "unknown option (loud)"},
		{"unknown act", head + "romeo/a ! jump\n", "unknown step ! jump"},
		{"never ends", head + "romeo/a > <message>\n<body>\n", "the element does not end"},
		{"not XML", head + "romeo/a > <message></presence>\n", "line 3"},
		{"empty", head + "romeo/a >\n", "the element does not end"},
		{"two expected at once", head + "romeo/a < <presence/><presence/>\n", "2 elements"},
		{"spans lines", head + "romeo/a > <message\n to=\"x>\"\n>\n</message>\nromeo/a < nothing\n", ""},
	}
	for _, tt := range tests {
		s, err := parse(tt.script, "")
		if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
			t.Errorf("%s: got error %v, want %q", tt.name, err, tt.wrong)
		}
		if err == nil && len(s.steps) != 3 {
			t.Errorf("%s: %d steps, want 3", tt.name, len(s.steps))
		}
	}
}

func TestParseClients(t *testing.T) {
	s, err := parse("# XEP-0198 § 5: x.\nclient romeo/a (sm, priority -1), nurse@example.org/x (no presence), juliet/c\n"+
		"admin domain create example.net\n", "chat.test")
	if err != nil || len(s.steps) != 2 {
		t.Fatal(err, s)
	}
	if got := s.steps[1].text; got != "admin domain create chat.test" {
		t.Errorf("the domain is not replaced: %s", got)
	}
	c := s.steps[0].clients
	if len(c) != 3 || c[0].resource != "a" || c[0].options["priority"] != "-1" || !c[0].has("sm") || c[0].has("no presence") {
		t.Fatalf("clients %+v", c)
	}
	if c[1].address != "nurse@example.org" || !c[1].has("no presence") || c[2].address != "juliet@chat.test" {
		t.Errorf("clients %+v", c)
	}
}

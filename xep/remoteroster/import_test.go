package remoteroster

import (
	"slices"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/pie"
)

// What an account has allowed goes with it to another server; what it says there stays.
func TestMoves(t *testing.T) {
	m, sent, _, _ := start(t)
	c, _ := ask(t, m, "lan@example.net", "icq.example.org")
	answerTo(t, m, "lan@example.net", c, true)
	sent.want(t, `type="allowed"`)
	var file strings.Builder
	if err := m.Export(t.Context(), parse(t, "lan@example.net"), &file); err != nil {
		t.Fatal(err)
	}
	query, err := xmpp.ParseElement([]byte(file.String()), "")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []pie.Verdict{pie.Added, pie.Kept} {
		verdicts := []pie.Verdict{}
		in := m.Import(parse(t, "minh@example.net"), false, func(_ string, v pie.Verdict, _ string) { verdicts = append(verdicts, v) })
		if taken, err := in.Take(t.Context(), query); !taken || err != nil || !slices.Equal(verdicts, []pie.Verdict{want}) {
			t.Errorf("%t, %v, %v", taken, err, verdicts)
		}
	}
	if _, ok, err := m.may(t.Context(), parse(t, "minh@example.net"), parse(t, "icq.example.org")); !ok || err != nil {
		t.Errorf("not restored: %v", err)
	}
}

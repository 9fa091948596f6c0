package blocking

import (
	"context"
	"strings"
	"testing"

	"myna/hook"
	"myna/xmpp"
)

// Of one request a few reports are passed on (XEP-0377 § 6).
func TestReportsOfOneRequest(t *testing.T) {
	n := 0
	b := &Blocking{Report: func(context.Context, xmpp.JID, xmpp.JID, *xmpp.Element) { n++ }}
	item := `<item jid="a@example.org"><report xmlns="urn:xmpp:reporting:1" reason="urn:xmpp:reporting:spam"/></item>`
	e, err := xmpp.ParseElement([]byte(`<block xmlns="urn:xmpp:blocking">`+strings.Repeat(item, 3000)+`</block>`), "")
	if err != nil {
		t.Fatal(err)
	}
	b.report(t.Context(), &hook.Request{Payload: e}, make([]xmpp.JID, 3000))
	if n != maxReports {
		t.Errorf("%d reports are passed on", n)
	}
}

package roster

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// Two clients that change one roster at once get all pushes in one order, with versions that grow (RFC 6121 § 2.1.6, § 2.6).
func TestPushesComeInOneOrder(t *testing.T) {
	h := newHouse(t, nil)
	var clients []*session
	for _, name := range []string{"orchard", "hall", "street"} {
		s := h.bind("romeo@example.net/" + name)
		h.send(s, `<iq type="get" id="g"><query xmlns="jabber:iq:roster"/></iq>`)
		s.take()
		clients = append(clients, s)
	}
	const each = 50
	var work sync.WaitGroup
	for n, s := range clients[:2] {
		work.Go(func() {
			for i := range each {
				h.send(s, fmt.Sprintf(`<iq type="set" id="%d"><query xmlns="jabber:iq:roster"><item jid="c%d@example.org" name="%d of %d"/></query></iq>`, i, i, i, n))
			}
		})
	}
	work.Wait()
	var want []string
	for n, s := range clients {
		var got []string
		last := int64(0)
		for _, x := range s.take() {
			_, query, ok := strings.Cut(x, `<query xmlns="jabber:iq:roster"`)
			if !ok {
				continue // a result
			}
			got = append(got, query)
			_, ver, _ := strings.Cut(query, `ver="`)
			ver, _, _ = strings.Cut(ver, `"`)
			number, _, ok := parseVer(ver)
			if !ok || number <= last {
				t.Fatalf("version %q after %d", ver, last)
			}
			last = number
		}
		if len(got) != 2*each {
			t.Errorf("client %d got %d pushes", n, len(got))
		}
		if n == 0 {
			want = got
		} else if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("client %d got the pushes in another order", n)
		}
	}
}

// listOf makes a house in which romeo has n contacts, who see each other.
func listOf(t *testing.T, n int, change func(*Options)) *house {
	h := newHouse(t, change)
	romeo := parseJID(t, "romeo@example.net")
	h.store.rosters[romeo] = map[xmpp.JID]storage.RosterItem{}
	for i := range n {
		j := parseJID(t, fmt.Sprintf("c%d@example.net", i))
		h.store.rosters[romeo][j] = storage.RosterItem{JID: j, Name: "Somebody", Groups: []string{"Verona"}, To: true, From: true}
	}
	return h
}

// The error of a full list says how many contacts it may have.
func TestFullListSaysHowMany(t *testing.T) {
	h := listOf(t, 3, func(o *Options) {
		cfg := DefaultConfig()
		cfg.Items = 3
		o.Config = config.NewOptions(cfg)
	})
	s := h.bind("romeo@example.net/orchard")
	h.send(s, `<iq type="set" id="1"><query xmlns="jabber:iq:roster"><item jid="more@example.org"/></query></iq>`)
	if got := strings.Join(s.take(), ""); !strings.Contains(got, "resource-constraint") || !strings.Contains(got, "3 contacts") {
		t.Errorf("answer %s", got)
	}
	h.send(s, `<presence type="subscribe" to="more@example.org"/>`)
	if got := strings.Join(s.take(), ""); !strings.Contains(got, "resource-constraint") || !strings.Contains(got, "3 contacts") {
		t.Errorf("answer to a request %s", got)
	}
}

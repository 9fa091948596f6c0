package server_test

import (
	"bufio"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// textual is a client that takes its stream as text: what others parse would take most of the time here.
type textual struct {
	t *testing.T
	r *bufio.Reader
	w io.Writer
}

// until returns what comes up to and with the end of an element.
func (c *textual) until(end string) string {
	c.t.Helper()
	var b strings.Builder
	for {
		part, err := c.r.ReadString('>')
		b.WriteString(part)
		if err != nil {
			c.t.Fatalf("%v after %q", err, b.String())
		}
		if strings.HasSuffix(part, end) {
			return b.String()
		}
	}
}

func (c *textual) say(text string) {
	c.t.Helper()
	if _, err := io.WriteString(c.w, text); err != nil {
		c.t.Fatal(err)
	}
}

// dialTextual signs in to an account, and binds.
func dialTextual(t *testing.T, addr, user string) *textual {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(5 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	c := &textual{t, bufio.NewReaderSize(conn, 64<<10), conn}
	header := `<stream:stream to="example.net" version="1.0" xmlns="jabber:client" xmlns:stream="http://etherx.jabber.org/streams">`
	c.say(header)
	c.until("</stream:features>")
	c.say(`<auth xmlns="urn:ietf:params:xml:ns:xmpp-sasl" mechanism="PLAIN">` +
		base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password)) + `</auth>` + header)
	c.until("</stream:features>")
	c.say(`<iq type="set" id="b"><bind xmlns="urn:ietf:params:xml:ns:xmpp-bind"/></iq>`)
	c.until("</iq>")
	return c
}

// page asks for a page of the archive and returns the ids of its messages, and whether it is the last in its direction.
func (c *textual) page(where string) (ids []int64, last bool) {
	c.t.Helper()
	c.say(`<iq type="set" id="q"><query xmlns="urn:xmpp:mam:2"><set xmlns="http://jabber.org/protocol/rsm"><max>250</max>` + where + `</set></query></iq>`)
	got := c.until("</iq>")
	results, fin, _ := strings.Cut(got, "<iq ")
	for _, r := range strings.Split(results, "<result ")[1:] {
		_, r, _ = strings.Cut(r, ` id="`)
		r, _, _ = strings.Cut(r, `"`)
		id, err := strconv.ParseInt(r, 10, 64)
		if err != nil {
			c.t.Fatal(err)
		}
		ids = append(ids, id)
	}
	return ids, strings.Contains(fin, `complete="true"`)
}

// A large archive, of archiveSize messages, is read from its beginning and from its end, page by page, whole and in order
// (XEP-0313 § 4.3, XEP-0059 § 2.2, § 2.4).
func TestLargeArchive(t *testing.T) {
	s, store := startCounting(t)
	if _, err := s.Account(t.Context(), "romeo@example.net"); err != nil {
		t.Fatal(err)
	}
	romeo, err := xmpp.ParseJID("romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	var kept []int64
	for len(kept) < archiveSize {
		list := make([]storage.Entry, 5000)
		for i := range list {
			list[i] = storage.Entry{Owner: romeo, Peer: romeo, Kind: xmpp.TypeChat,
				Stanza: fmt.Appendf(nil, `<message type="chat"><body>%d</body></message>`, len(kept)+i)}
		}
		ids, err := store.Store.Append(t.Context(), list...)
		if err != nil {
			t.Fatal(err)
		}
		kept = append(kept, ids...)
	}
	c := dialTextual(t, s.Addr, "romeo")
	for name, d := range map[string]struct {
		first, next string
		edge        func(ids []int64) int64
	}{
		"forth": {"", "<after>%d</after>", func(ids []int64) int64 { return ids[len(ids)-1] }},
		"back":  {"<before/>", "<before>%d</before>", func(ids []int64) int64 { return ids[0] }},
	} {
		var pages [][]int64
		got, last := c.page(d.first)
		for pages = append(pages, got); !last && len(got) > 0; pages = append(pages, got) {
			got, last = c.page(fmt.Sprintf(d.next, d.edge(got)))
		}
		if name == "back" {
			slices.Reverse(pages)
		}
		if read := slices.Concat(pages...); !slices.Equal(read, kept) {
			t.Errorf("%s: %d messages read in %d pages, or not in order", name, len(read), len(pages))
		}
	}
}

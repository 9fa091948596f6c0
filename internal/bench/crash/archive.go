package crash

import (
	"context"
	"errors"
	"fmt"
	"time"

	"myna/internal/bench/client"
	"myna/internal/bench/scenario"
)

// pageSize is small enough that paging is really used, maxPages bounds what a confused server can make us read.
const (
	pageSize = 50
	maxPages = 20_000
)

// readArchive pages forward through the archive of account i (XEP-0313 § 4.3, XEP-0059 § 2.2) and returns the
// messages of the flow.
func readArchive(ctx context.Context, t scenario.Target, i, flow int) ([]row, error) {
	c, err := client.Dial(ctx, t.Client(i))
	if err != nil {
		return nil, err
	}
	defer c.Close()
	var all []row
	after := ""
	for page := range maxPages {
		id := fmt.Sprintf("page%d", page)
		n, last := 0, ""
		fin, err := c.Ask(id, query(id, after), time.Minute, func(el []byte) {
			result := client.Find(el, "result")
			if result == nil || string(client.Attr(result, "queryid")) != id {
				return
			}
			n++
			last = string(client.Attr(result, "id"))
			if p, ok := scenario.ReadPayload(client.Text(result, "body")); ok && p.Flow == flow {
				all = append(all, row{p.Seq, last})
			}
		})
		if err != nil {
			return nil, fmt.Errorf("read archive of %s: %w", scenario.User(i), err)
		}
		if string(client.Attr(client.Find(fin, "fin"), "complete")) == "true" {
			return all, nil
		}
		if n == 0 || last == after {
			return nil, fmt.Errorf("read archive of %s: a page without progress: %.300s", scenario.User(i), fin)
		}
		after = last
	}
	return nil, errors.New("read archive: too many pages")
}

func query(id, after string) string {
	if after != "" {
		after = "<after>" + after + "</after>"
	}
	return fmt.Sprintf("<iq type='set' id='%s'><query xmlns='urn:xmpp:mam:2' queryid='%s'>"+
		"<set xmlns='http://jabber.org/protocol/rsm'><max>%d</max>%s</set></query></iq>", id, id, pageSize, after)
}

// stanzaID gives the id that the account by assigned, or "" (XEP-0359 § 3).
func stanzaID(el []byte, by string) string {
	for rest := client.Find(el, "stanza-id"); rest != nil; rest = client.Find(rest[1:], "stanza-id") {
		if string(client.Attr(rest, "by")) == by {
			return string(client.Attr(rest, "id"))
		}
	}
	return ""
}

// Holds says whether the archive of account i answers and is not empty, so that a comparison of servers with archives
// compares servers that archive.
func Holds(ctx context.Context, t scenario.Target, i int) error {
	c, err := client.Dial(ctx, t.Client(i))
	if err != nil {
		return err
	}
	defer c.Close()
	n := 0
	_, err = c.Ask("holds", query("holds", ""), time.Minute, func(el []byte) {
		if client.Find(el, "result") != nil {
			n++
		}
	})
	if err == nil && n == 0 {
		err = errors.New("it is empty")
	}
	if err != nil {
		return fmt.Errorf("archive of %s: %w", scenario.User(i), err)
	}
	return nil
}

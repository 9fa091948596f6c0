package pubsub

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/sqlite/sqlitetest"
	"myna/xmpp"
	"myna/xmpp/router"
)

// counted is the store that counts how often it adds up.
type counted struct {
	storage.PubSub
	times int
}

func (c *counted) Usage(ctx context.Context, owner xmpp.JID) (int64, error) {
	c.times++
	return c.PubSub.Usage(ctx, owner)
}

// The items of an account have an end; what is replaced or removed gives place, and nobody has the server add up for
// each item.
func TestItemsAreBounded(t *testing.T) {
	ctx, log := t.Context(), slog.New(slog.DiscardHandler)
	store, err := sqlite.Open(ctx, sqlitetest.Fresh(t, filepath.Join(t.TempDir(), "db")), sqlite.Options{Sync: "normal", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	c, now := &counted{PubSub: store.PubSub()}, time.Unix(1_000_000, 0)
	s := New(Options{
		Store: c, Logger: log, Config: config.NewOptions(DefaultConfig()), Now: func() time.Time { return now },
		Router: router.New(ctx, router.Options{Registry: hook.NewRegistry(), Logger: log, Directory: nobody{}}),
	})
	s.Config.All().AccountBytes = 10 * (1000 + storage.ItemOverhead)
	juliet, err := xmpp.ParseJID("juliet@example.net")
	if err != nil {
		t.Fatal(err)
	}
	st := s.open(juliet)
	publish := func(id string, raw bool) string {
		t.Helper()
		p := &publication{owner: juliet, from: juliet, node: "n", raw: raw, create: Settings{FieldAccess: AccessWhitelist, FieldMaxItems: "max"}}
		p.item = &storage.Item{ID: id, Payload: []byte(`<a xmlns="b">` + strings.Repeat("x", 1000-13-4-len(id)) + `</a>`)}
		if err := s.publish(ctx, st, p); err != nil {
			e, _ := xmpp.ErrorElement(err)
			return string(e.Append(nil, ""))
		}
		return ""
	}
	for i := range 10 {
		if got := publish(fmt.Sprintf("id%d", i), false); got != "" {
			t.Fatalf("item %d: %s", i, got)
		}
	}
	refused := func(when, id string) {
		t.Helper()
		if got := publish(id, false); !strings.Contains(got, "<resource-constraint ") || !strings.Contains(got, "11280 bytes") {
			t.Errorf("%s: %s", when, got)
		}
	}
	refused("one more", "more")
	for range 3 { // in place of an item as long as it
		if got := publish("id3", false); got != "" {
			t.Errorf("a replacement: %s", got)
		}
	}
	if got := publish("module", true); got != "" {
		t.Errorf("an item of a module: %s", got)
	}
	for _, id := range []string{"id1", "module"} {
		if err := s.Retract(ctx, juliet, "n", id); err != nil {
			t.Fatal(err)
		}
	}
	if c.times != 1 {
		t.Errorf("added up %d times", c.times)
	}
	refused("one less, in the same minute", "more")
	now = now.Add(recount)
	if got := publish("more", false); got != "" {
		t.Errorf("one less, a minute later: %s", got)
	}
	refused("full again", "still")
	if c.times != 2 {
		t.Errorf("added up %d times", c.times)
	}
}

package server_test

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server"
	"myna/server/servertest"
)

const (
	soon = 2 * time.Second  // a script that fails need not wait longer for what does not come
	late = 10 * time.Second // one that holds may run on a busy machine
)

// Every module has a transcript in its folder that holds with the module's row in the table, and fails without it. So
// nothing is in the table that does nothing, and no transcript shows only what others do.
func TestEveryModuleIsMissed(t *testing.T) {
	rows, err := server.Rows(t.Context(), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		t.Run(row.Name, func(t *testing.T) {
			if !row.Acts {
				t.Fatal("registers nothing but protocols: what is the row for?")
			}
			t.Parallel()
			missed(t, row)
		})
	}
}

// missed looks for the first transcript of the module that needs it.
func missed(t *testing.T, row server.Row) {
	files, err := filepath.Glob(filepath.Join("..", row.Folder, "testdata", "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		without := play(t, row, file, soon, row.Name)
		if without == nil {
			continue
		}
		if with := play(t, row, file, late); with != nil {
			t.Errorf("%s fails with the module, too: %v", file, with)
			continue
		}
		t.Logf("%s fails without the module: %v", file, without)
		return
	}
	t.Errorf("no transcript in %s/testdata fails without the module %s: write one that shows what it does", row.Folder, row.Name)
}

// strangers are the folders whose transcripts want a server where accounts are strangers and everybody may make rooms, as
// the tests of these packages start it.
var strangers = []string{"roster", "archive", "muc"}

// needs are the options without which a module does nothing.
var needs = map[string]config.Section{
	"contact":    {"admin": []any{"mailto:xmpp@example.com"}},
	"outage":     {"status": []any{"https://status.example.org/chat.json"}},
	"datapolicy": {"announce": true},

	"remoteroster": {"entities": []any{"bot@example.org", "keeper@example.net"}},
}

// settings are what a module needs besides options of its own.
var settings = map[string]func(*config.Config){
	"certificates": func(c *config.Config) {
		c.Modules = map[string]config.Section{"accounts": {"user_certificates": true}}
	},
	"remoteroster": func(c *config.Config) { c.Hosts = append(c.Hosts, "example.org") },
	"serverinfo": func(c *config.Config) {
		c.Hosts = append(c.Hosts, "example.org")
		c.Modules = map[string]config.Section{"contact": {"abuse": []any{"mailto:abuse@example.net"}}}
		c.Host = map[string]config.HostConfig{servertest.Domain: {Modules: map[string]config.Section{"serverinfo": {"publish": true}}}}
	},
	"guests": func(c *config.Config) {
		c.Hosts = append(c.Hosts, "guests."+servertest.Domain)
		c.Host = map[string]config.HostConfig{"guests." + servertest.Domain: {Modules: map[string]config.Section{"accounts": {"anonymous": true}}}}
	},
}

// play plays a script against a server of its own.
func play(t *testing.T, row server.Row, file string, wait time.Duration, without ...string) error {
	s := servertest.StartWith(t, func(c *config.Config) {
		if options := needs[row.Name]; options != nil {
			c.Modules = map[string]config.Section{row.Name: options}
		}
		if change := settings[row.Name]; change != nil {
			change(c)
		}
		if slices.Contains(strangers, row.Folder) {
			c.Modules = map[string]config.Section{
				"contacts": {"shared_roster": false}, "muc": {"room_creation": "everybody"},
			}
		}
	}, without...)
	ctx, cancel := context.WithTimeout(t.Context(), 3*late)
	defer cancel()
	return xmpptest.Play(ctx, s, file, wait)
}

package config

import (
	"slices"
	"strings"
	"testing"
)

const optionsFile = `hosts = ["a.example", "b.example"]
[archive]
retention_days = 30
[modules.upload]
max_file = 200
who = "admins"
[host."b.example"]
groups = "rooms.b.example"
[host."b.example".archive]
retention_days = 7
[host."b.example".modules.upload]
who = "everybody"
`

func parsed(t *testing.T, file string) *Config {
	t.Helper()
	c, err := Parse("t.toml", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Each host has its own values over those of the server, and its services have the host's.
func TestOptionsOfHosts(t *testing.T) {
	o := NewOptions(moduleOptions{MaxFile: 100, Who: "nobody"}).Completed(func(c *Config, host string, own *moduleOptions) error {
		a, err := c.HostArchive(host)
		own.Internal = a.RetentionDays
		return err
	})
	if o.Of("a.example").Who != "nobody" {
		t.Error("without a file there are other values than the defaults")
	}
	take, err := o.Load(parsed(t, optionsFile), "upload")
	if err != nil {
		t.Fatal(err)
	}
	if o.All().MaxFile != 100 {
		t.Error("loaded values are in use before they are taken")
	}
	take()
	for domain, want := range map[string]moduleOptions{
		"a.example":       {MaxFile: 200, Who: "admins", Internal: 30},
		"b.example":       {MaxFile: 200, Who: "everybody", Internal: 7},
		"rooms.b.example": {MaxFile: 200, Who: "everybody", Internal: 7},
		"c.example":       {MaxFile: 200, Who: "admins", Internal: 30},
	} {
		if got := o.Of(domain); got.MaxFile != want.MaxFile || got.Who != want.Who || got.Internal != want.Internal {
			t.Errorf("%s has %+v, want %+v", domain, got, want)
		}
	}
	if d := o.Defaults().(*moduleOptions); d.MaxFile != 100 {
		t.Errorf("the defaults are %+v", d)
	}
	if _, err := o.Load(parsed(t, "hosts = [\"a.example\"]\n[host.\"a.example\".modules.upload]\nwho = 1"), "upload"); err == nil || o.Of("b.example").Who != "everybody" {
		t.Errorf("a wrong value: %v, and %+v", err, o.Of("b.example"))
	}
}

type slowOptions struct {
	Now   int `toml:"now" doc:"."`
	Later int `toml:"later" restart:"yes" doc:"."`
}

// What needs a restart keeps its value over a reload.
func TestOptionsThatNeedARestart(t *testing.T) {
	o := NewOptions(slowOptions{})
	for n, want := range []slowOptions{{1, 1}, {2, 1}} {
		take, err := o.Load(parsed(t, "hosts = [\"a.example\"]\n[modules.slow]\nnow = "+string(rune('1'+n))+"\nlater = "+string(rune('1'+n))), "slow")
		if err != nil {
			t.Fatal(err)
		}
		take()
		if *o.All() != want || *o.Of("a.example") != want {
			t.Errorf("%+v and %+v, want %+v", o.All(), o.Of("a.example"), want)
		}
	}
}

// A change names the key with both values; a host that comes or goes does so at a restart.
func TestChanges(t *testing.T) {
	a := parsed(t, optionsFile)
	b := parsed(t, strings.NewReplacer(
		"retention_days = 7", "retention_days = 8", `"everybody"`, `"nobody"`, "rooms.b", "talk.b", "max_file = 200", "max_file = 300\nkeep = \"1d\"",
		`, "b.example"]`, ", \"b.example\", \"c.example\"]\ndata_dir = \"/d\"", "[archive]", "[log]\nlevel = \"debug\"\n[archive]").Replace(optionsFile)+
		"[host.\"c.example\".modules.upload]\nwho = \"nobody\"\n")
	want := []Change{
		{"data_dir", `"/var/lib/myna"`, `"/d"`, true},
		{`host."b.example".archive.retention_days`, "7", "8", false},
		{`host."b.example".groups`, `"rooms.b.example"`, `"talk.b.example"`, true},
		{`host."b.example".modules.upload.who`, `"everybody"`, `"nobody"`, false},
		{`host."c.example".modules.upload.who`, "", `"nobody"`, true},
		{"hosts", `["a.example", "b.example"]`, `["a.example", "b.example", "c.example"]`, true},
		{"log.level", `"info"`, `"debug"`, false},
		{"modules.upload.keep", `"30d"`, `"1d"`, false},
		{"modules.upload.max_file", "200", "300", false},
	}
	if got := Changes(a, b, testModules()...); !slices.Equal(got, want) {
		t.Errorf("changes %+v\nwant    %+v", got, want)
	}
	r := Running(a, b)
	for _, c := range Changes(r, b, testModules()...) {
		if !c.Restart {
			t.Errorf("running is the new file but for what needs a restart: %+v", c)
		}
	}
	for _, c := range Changes(a, r, testModules()...) {
		if c.Restart {
			t.Errorf("running has what needs a restart: %+v", c)
		}
	}
}

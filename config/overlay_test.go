package config

import (
	"strings"
	"testing"
)

// rooms is a module with options.
func rooms() ModuleOptions {
	type options struct {
		Creation string `toml:"creation" oneof:"nobody|everybody" policy:"domain"`
		Size     int    `toml:"size"`
	}
	return ModuleOptions{Name: "rooms", Defaults: options{Creation: "nobody", Size: 1}}
}

// What is kept elsewhere counts where the file says nothing of the host, and changes nothing of the configuration it lies on.
func TestOverlay(t *testing.T) {
	c := Default()
	c.Hosts = []string{"a.example", "b.example"}
	c.Modules = map[string]Section{"rooms": {"size": int64(5)}}
	c.Host = map[string]HostConfig{"a.example": {Modules: map[string]Section{"rooms": {"creation": "everybody"}}}}
	o := Overlay{
		"a.example": {"archive.retention_days": "30", "modules.rooms.creation": `"nobody"`, "modules.rooms.size": "7"},
		"b.example": {"modules.rooms.size": "9"},
	}
	with, err := c.With(o)
	if err != nil {
		t.Fatal(err)
	}
	for host, want := range map[string]string{
		"a.example": `30 page; "everybody" domain; 7 page`, "b.example": `0 default; "nobody" default; 9 page`,
	} {
		values, err := with.HostValues(host, rooms())
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, v := range values {
			got = append(got, v.Value+" "+v.Source)
		}
		if s := strings.Join(got, "; "); s != want {
			t.Errorf("%s: %s, want %s", host, s, want)
		}
	}
	if values, err := c.HostValues("b.example", rooms()); err != nil || values[2].Value != "5" || len(c.Host) != 1 || len(c.Host["a.example"].Modules["rooms"]) != 1 {
		t.Errorf("the configuration has changed: %v, %v", values, err)
	}
}

// Whatever is kept is one value of one option.
func TestOverlayRefuses(t *testing.T) {
	c := Default()
	c.Hosts = []string{"a.example"}
	for key, value := range map[string]string{
		"archive.retention_days": "1\nsync = 'normal'", "archive.a": "", "archive.b": "[", "archive.c": "1 2", "archive.d": "1\n[modules]", "listen.http": "1", "hosts": "1",
	} {
		if _, err := c.With(Overlay{"a.example": {key: value}}); err == nil {
			t.Errorf("%s = %q is taken", key, value)
		}
	}
	for text, want := range map[string]string{"true": "true", "7": "7", `"x"`: `"x"`, "everybody": `"everybody"`, "a\"\nb = 1": `"a\"\nb = 1"`, "['a', 'b']": `["a", "b"]`, "": `""`} {
		if got := Literal(text); got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

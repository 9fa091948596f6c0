package config

import "testing"

// What a host says of itself is told as its own; secrets and options of the whole server are not among the values.
func TestHostValues(t *testing.T) {
	type options struct {
		Creation string `toml:"creation" oneof:"nobody|everybody" doc:"Who may."`
		Size     int    `toml:"size" doc:"How much."`
		Whole    int    `toml:"whole" serverwide:"there is one" doc:"Of all."`
	}
	c := Default()
	c.Hosts = []string{"a.example", "b.example"}
	c.Modules = map[string]Section{"rooms": {"size": int64(5)}}
	c.Host = map[string]HostConfig{"a.example": {Archive: Section{"retention_days": int64(30)}, Modules: map[string]Section{"rooms": {"creation": "everybody"}}}}
	module := ModuleOptions{Name: "rooms", Defaults: options{Creation: "nobody", Size: 1, Whole: 2}}
	for host, want := range map[string]map[string]string{
		"a.example": {"archive.retention_days": "30 domain", "modules.rooms.creation": `"everybody" domain`, "modules.rooms.size": "5 server"},
		"b.example": {"archive.retention_days": "0 default", "modules.rooms.creation": `"nobody" default`, "modules.rooms.size": "5 server"},
	} {
		list, err := c.HostValues(host, module)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, v := range list {
			got[v.Key] = v.Value + " " + v.Source
			if v.Key == "modules.rooms.creation" && (len(v.Words) != 2 || v.Doc != "Who may." || v.Default != `"nobody"`) {
				t.Errorf("%+v", v)
			}
		}
		for key, value := range want {
			if got[key] != value {
				t.Errorf("%s of %s: %q, want %q", key, host, got[key], value)
			}
		}
		if _, ok := got["modules.rooms.whole"]; ok {
			t.Errorf("%s: an option of the server is told: %v", host, got)
		}
	}
}

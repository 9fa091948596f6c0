package config

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func goldenFlag() bool {
	return flag.Lookup("update") != nil && flag.Lookup("update").Value.String() == "true"
}

func TestMain(m *testing.M) {
	flag.Bool("update", false, "write the golden files anew")
	flag.Parse()
	os.Exit(m.Run())
}

type moduleOptions struct {
	MaxFile  int64         `toml:"max_file" min:"1" doc:"The largest file, in bytes."`
	Who      string        `toml:"who" oneof:"nobody|admins|everybody" doc:"Who may."`
	Keep     time.Duration `toml:"keep" doc:"How long."`
	Types    []string      `toml:"types" example:"[\"image/png\"]" doc:"Which."`
	Ratio    float64       `toml:"ratio" doc:"How much of it."`
	Threads  int           `toml:"threads" serverwide:"there is one machine" doc:"How many."`
	Internal int
}

func (o *moduleOptions) Validate() error {
	if o.MaxFile == 13 {
		return &KeyError{Key: "max_file", Text: "13 is unlucky"}
	}
	return nil
}

func testModules() []ModuleOptions {
	return []ModuleOptions{{Name: "upload", Doc: "File upload (XEP-0363).",
		Defaults: &moduleOptions{MaxFile: 100, Who: "nobody", Keep: 30 * 24 * time.Hour, Ratio: 0.5}}}
}

func defaultsOf(modules []ModuleOptions) map[string]any {
	m := map[string]any{}
	for _, o := range modules {
		m[o.Name] = o.Defaults
	}
	return m
}

func TestErrors(t *testing.T) {
	for _, tt := range []struct{ name, file, want string }{
		{"no hosts", "", `t.toml: hosts is missing`},
		{"no public address", "hosts = [\"a.b\"]\n[host_meta]\nips = [\"chat.a.b\"]", `t.toml:3: host_meta.ips: "chat.a.b" is no IP address`},
		{"no direct TLS", "hosts = [\"a.b\"]\n[listen]\nc2s_tls = []\n[host_meta]\nips = [\"192.0.2.1\"]", `t.toml:5: host_meta.ips: clients that read this do not look for listen.c2s`},
		{"one pin", "hosts = [\"a.b\"]\n[host_meta]\nips = [\"192.0.2.1\"]\npins = [\"4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ=\"]", `t.toml:4: host_meta.pins: one key is too few`},
		{"no pin", "hosts = [\"a.b\"]\n[host_meta]\nips = [\"192.0.2.1\"]\npins = [\"abc\", \"4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ=\"]", `t.toml:4: host_meta.pins: "abc" is no SHA-256`},
		{"no addresses", "hosts = [\"a.b\"]\n[host_meta]\nweb_ips = [\"192.0.2.1\"]", `t.toml:2: host_meta: nothing of this is told`},
		{"one host's database", "hosts = [\"a.b\"]\n[host.\"a.b\".archive]\nretention_days = 1\nsync = \"normal\"",
			`t.toml:4: host."a.b".archive.sync cannot differ from host to host: there is one database; set it in [archive]`},
		{"one host's wrong value", "hosts = [\"a.b\"]\n[host.\"a.b\".archive]\nretention_days = -1", `t.toml:3: host."a.b".archive.retention_days: the number must be 0 or more`},
		{"server's option of a module", "hosts = [\"a.b\"]\n[host.\"a.b\".modules.upload]\nthreads = 2",
			`t.toml:3: host."a.b".modules.upload.threads cannot differ from host to host: there is one machine; set it in [modules.upload]`},
		{"syntax", "hosts = [\"a.b\"]\nlog = {", `t.toml:2: `},
		{"unknown key", "hosts = [\"a.b\"]\n[listen]\nc2s_tsl = []", `t.toml:3: unknown key "c2s_tsl" in [listen]; did you mean "c2s_tls"?`},
		{"unknown section", "hosts = [\"a.b\"]\n\n[limit]\nx = 1", `t.toml:3: unknown key "limit"; did you mean "limits"?`},
		{"far off", "hosts = [\"a.b\"]\n[tls]\nbanana = 1", `t.toml:3: unknown key "banana" in [tls]; known are cert, key, cert_dir, plaintext_loopback`},
		{"too low in the file", "[log]\nlevel = \"info\"\nhosts = [\"a.b\"]", `t.toml:3: unknown key "hosts" in [log]; it belongs at the top`},
		{"type", "hosts = [\"a.b\"]\n[limits]\nstanza_bytes = \"many\"", `t.toml:3: limits.stanza_bytes: a whole number is needed, not "many"`},
		{"list", "hosts = \"a.b\"", `t.toml:1: hosts: a list is needed, such as hosts = ["a.b"]`},
		{"list element", "hosts = [\"a.b\", 3]", `t.toml:1: hosts: a text in quotes is needed, such as "3"`},
		{"word", "hosts = [\"a.b\"]\n[log]\nlevel = \"wran\"", `t.toml:3: log.level: "wran" is not one of debug, info, warn, error; did you mean "warn"?`},
		{"duration", "hosts = [\"a.b\"]\n[limits]\nlogin_timeout = \"soon\"", `t.toml:3: limits.login_timeout: "soon" is no duration`},
		{"duration number", "hosts = [\"a.b\"]\n[limits]\nlogin_timeout = 30", `t.toml:3: limits.login_timeout: a duration in quotes is needed`},
		{"negative", "hosts = [\"a.b\"]\n[limits]\nburst_bytes = -1", `t.toml:3: limits.burst_bytes: the number must be 0 or more`},
		{"section as value", "hosts = [\"a.b\"]\nlog = \"debug\"", `t.toml:2: log is a section: write [log]`},
		{"dotted key", "hosts = [\"a.b\"]\nlog.levle = \"info\"", `t.toml:2: unknown key "levle" in [log]; did you mean "level"?`},
		{"inline table", "hosts = [\"a.b\"]\nlog = {level = \"info\", formt = 1}", `t.toml:2: unknown key "formt" in [log]; did you mean "format"?`},
		{"address", "hosts = [\"a.b\"]\n[listen]\nc2s = [\"5222\"]", `t.toml:3: listen.c2s: "5222" is no address and port`},
		{"host name listener", "hosts = [\"a.b\"]\n[listen]\nc2s = [\"a.b:5222\"]", `t.toml:3: listen.c2s: "a.b:5222": "a.b" is no IP address`},
		{"same address", "hosts = [\"a.b\"]\n[listen]\nc2s = [\"[::]:5222\"]\ns2s = [\"[::]:5222\"]", `t.toml:4: listen.s2s: "[::]:5222" is an address of listen.c2s already`},
		{"component", "hosts = [\"a.b\"]\n[listen]\ncomponent = [\"[::]:5275\"]", `t.toml:3: listen.component: "[::]:5275" is not a loopback address`},
		{"host", "hosts = [\"lan@a.b\"]", `t.toml:1: hosts: "lan@a.b" is no domain name: only the part behind the @`},
		{"host twice", "hosts = [\"a.b\", \"A.b\"]", `t.toml:1: hosts: "A.b" is there twice`},
		{"foreign host", "hosts = [\"example.com\"]\n[host.\"exmaple.com\"]\ngroups = \"x.y\"", `t.toml:2: [host."exmaple.com"]: "exmaple.com" is not one of hosts; did you mean "example.com"?`},
		{"service taken", "hosts = [\"a.b\"]\n[host.\"a.b\"]\ngroups = \"upload.a.b\"", `"upload.a.b" cannot be the upload service of a.b: it is the groups service of a.b already`},
		{"host key", "hosts = [\"a.b\"]\n[host.\"a.b\"]\ngruops = \"x.y\"", `t.toml:3: unknown key "gruops" in [host."a.b"]; did you mean "groups"?`},
		{"postgres", "hosts = [\"a.b\"]\n[storage]\ndriver = \"postgres\"", `t.toml:3: storage.driver: the driver "postgres" is not part of this build; use "sqlite"`},
		{"small stanza", "hosts = [\"a.b\"]\n[limits]\nstanza_bytes = 500", `t.toml:3: limits.stanza_bytes: 500 is below 10000`},
		{"module", "hosts = [\"a.b\"]\n[modules.uplaod]\n", `t.toml:2: [modules.uplaod]: there is no module "uplaod"; did you mean "upload"?`},
		{"module key", "hosts = [\"a.b\"]\n[modules.upload]\nmaxfile = 1", `t.toml:3: unknown key "maxfile" in [modules.upload]; did you mean "max_file"?`},
		{"module bound", "hosts = [\"a.b\"]\n[modules.upload]\nmax_file = 0", `t.toml:3: modules.upload.max_file: the number must be 1 or more`},
		{"module validate", "hosts = [\"a.b\"]\n[modules.upload]\n\nmax_file = 13", `t.toml:4: modules.upload.max_file: 13 is unlucky`},
		{"host's module", "hosts = [\"a.b\"]\n[host.\"a.b\".modules.upload]\nwho = \"me\"", `t.toml:3: host."a.b".modules.upload.who: "me" is not one of nobody, admins, everybody`},
		{"module and host's module", "hosts = [\"a.b\"]\n[modules.upload]\nwho = \"x\"\n[host.\"a.b\".modules.upload]\nwho = \"me\"", `t.toml:5: host."a.b".modules.upload.who: "me" is not`},
		{"host's unknown module", "hosts = [\"a.b\"]\n[host.\"a.b\".modules.x]\nwho = \"me\"", `t.toml:2: [host."a.b".modules.x]: there is no module "x"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse("t.toml", []byte(tt.file))
			if err == nil {
				err = c.CheckModules(defaultsOf(testModules()))
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v\nwant  %s", err, tt.want)
			}
			if (tt.name == "host twice" || tt.name == "list") && strings.Contains(err.Error(), "\n") {
				t.Errorf("it is said more than once: %v", err)
			}
			var e *Error
			if !errors.As(err, &e) {
				t.Errorf("%T is no *Error", err)
			}
		})
	}
}

func TestAllErrorsAtOnce(t *testing.T) {
	_, err := Parse("t.toml", []byte("hosts = [\"a.b\"]\n[tls]\nkey = 1\n[listen]\nhtpp = []\nc2s = [\"x\"]\n[log]\nlevel = \"loud\"\n"))
	if err == nil {
		t.Fatal("no error")
	}
	lines := strings.Split(err.Error(), "\n")
	for i, prefix := range []string{"t.toml:3:", "t.toml:5:", "t.toml:6:", "t.toml:8:"} {
		if len(lines) != 4 || !strings.HasPrefix(lines[i], prefix) {
			t.Fatalf("line %d does not begin with %s:\n%v", i, prefix, err)
		}
	}
}

func TestParse(t *testing.T) {
	c, err := Parse("t.toml", []byte("\xef\xbb\xbf"+`
hosts = ["Example.COM", "bücher.example"]
[limits]
login_timeout = "2d"
[host."EXAMPLE.com"]
groups = "Conference.example.com"
[modules.upload]
max_file = 7
types = ["a", "b"]
ratio = 1
[host."EXAMPLE.com".modules.upload]
who = "everybody"
`))
	if err != nil {
		t.Fatal(err)
	}
	if c.Hosts[0] != "example.com" || c.GroupsHost("example.com") != "conference.example.com" || c.UploadHost(c.Hosts[1]) != "upload.bücher.example" {
		t.Errorf("hosts %q, groups %q", c.Hosts, c.GroupsHost("example.com"))
	}
	if c.Limits.LoginTimeout != 48*time.Hour || c.Limits.StanzaBytes != Default().Limits.StanzaBytes {
		t.Errorf("limits %+v", c.Limits)
	}
	o := moduleOptions{Who: "nobody", Types: []string{"c"}}
	if err := c.HostModule("example.com", "upload", &o); err != nil {
		t.Fatal(err)
	}
	if want := (moduleOptions{MaxFile: 7, Who: "everybody", Types: []string{"a", "b"}, Ratio: 1}); !reflect.DeepEqual(o, want) {
		t.Errorf("module %+v, want %+v", o, want)
	}
	if c.Path("x") != "/var/lib/myna/x" || c.Path("/x") != "/x" || c.Path("") != "" {
		t.Error("Path")
	}
}

func TestLoadRelativeDataDir(t *testing.T) {
	file := filepath.Join(t.TempDir(), "myna.toml")
	if err := os.WriteFile(file, []byte("hosts = [\"a.b\"]\ndata_dir = \"data\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := Load(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(filepath.Dir(file), "data"); c.DataDir != want || c.File() != file {
		t.Errorf("data_dir %s, want %s", c.DataDir, want)
	}
	if _, err := Load(file + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing file: %v", err)
	}
}

func TestDocGolden(t *testing.T) {
	var b bytes.Buffer
	if err := Doc(&b, testModules()...); err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "doc.toml")
	if goldenFlag() {
		if err := os.WriteFile(golden, b.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(b.Bytes(), want) {
		t.Errorf("the documentation differs from %s; see and write it with -update\n%s", golden, b.String())
	}
}

// The printed documentation is a configuration file that says what the defaults say.
func TestDocIsDefault(t *testing.T) {
	var b bytes.Buffer
	if err := Doc(&b, testModules()...); err != nil {
		t.Fatal(err)
	}
	c, err := Parse("doc", b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	if err := c.CheckModules(defaultsOf(testModules())); err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Hosts = []string{"example.com"}
	for _, change := range Changes(want, c) {
		t.Errorf("%s differs", change.Key)
	}
}

func TestShowReadsBack(t *testing.T) {
	file := []byte("hosts = [\"a.b\"]\n[log]\nlevel = \"debug\"\n[modules.upload]\nkeep = \"90m\"\n[host.\"a.b\"]\nupload = \"u.b\"\n[host.\"a.b\".modules.upload]\nmax_file = 5\n")
	c, err := Parse("t", file)
	if err != nil {
		t.Fatal(err)
	}
	var first, second bytes.Buffer
	if err := c.Show(&first, testModules()...); err != nil {
		t.Fatal(err)
	}
	again, err := Parse("t", first.Bytes())
	if err != nil {
		t.Fatalf("%v\n%s", err, first.String())
	}
	if err := again.Show(&second, testModules()...); err != nil {
		t.Fatal(err)
	}
	if first.String() != second.String() || !strings.Contains(first.String(), `keep = "1h30m"`) {
		t.Errorf("first\n%s\nsecond\n%s", first.String(), second.String())
	}
	tree, err := c.Tree(testModules()...)
	if err != nil {
		t.Fatal(err)
	}
	if got := tree["modules"].(map[string]any)["upload"].(map[string]any)["keep"]; got != "1h30m" {
		t.Errorf("tree says %v", got)
	}
}

// Each option has a text; without it the operator's documentation has a hole.
func TestEveryOptionIsDocumented(t *testing.T) {
	var walk func(prefix string, v reflect.Value)
	walk = func(prefix string, v reflect.Value) {
		for _, f := range fields(v) {
			if f.key != "modules" && !strings.HasSuffix(f.tag.Get("doc"), ".") {
				t.Errorf("%s%s has no doc tag, or it is no sentence", prefix, f.key)
			}
			if f.val.Kind() == reflect.Struct {
				walk(prefix+f.key+".", f.val)
			}
		}
	}
	walk("", reflect.ValueOf(Config{}))
	walk("host.", reflect.ValueOf(HostConfig{}))
}

func TestPrintErrorIsTold(t *testing.T) {
	r, w := io.Pipe()
	_ = r.CloseWithError(io.ErrShortWrite)
	if err := Doc(w); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("error %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("hosts = [\"a.b\"]\n[host.\"a.b\".modules.upload]\nwho = 1\n")
	f.Add("a.b.c = {d = [1, {e = 2}]}")
	f.Fuzz(func(t *testing.T, s string) {
		c, err := Parse("f", []byte(s))
		if err != nil {
			return
		}
		_ = c.CheckModules(defaultsOf(testModules()))
		if err := c.Show(io.Discard); err != nil {
			t.Error(err)
		}
	})
}

func TestNearest(t *testing.T) {
	commands := []string{"account", "alias", "audit", "config", "dev", "doctor", "group", "init", "reload", "room", "serve", "status", "version"}
	for word, want := range map[string]string{
		"acount": "account", "accuont": "account", "accountt": "account", "stats": "status", "stauts": "status", "doc": "doctor",
		"conf": "config", "verison": "version", "grup": "group",
		"": "", "x": "", "a": "", "ro": "", "rom": "room", "users": "", "start": "", "help-me": "", "edit": "", "aaaaaaaaaaaaaaaa": "",
	} {
		if got := Nearest(word, commands); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	for word, want := range map[string]string{"ports": "", "host": "hosts", "hots": "hosts", "posts": "hosts", "port": "", "log": "", "listeners": ""} {
		if got := Nearest(word, []string{"hosts", "data_dir", "listen", "tls", "limits"}); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
	if got := Nearest("cert", []string{"cert_file", "cert_dir"}); got != "" {
		t.Errorf("two words begin with cert: %q", got)
	}
}

// The driver of another build is refused with the line that names it, and so is any other word.
func TestDriversOfOtherBuilds(t *testing.T) {
	for _, driver := range []string{"postgres", "mysql", ""} {
		file := fmt.Sprintf("hosts = [\"a.b\"]\n[storage]\ndsn_file = \"x\"\ndriver = %q\n", driver)
		_, err := Parse("t.toml", []byte(file))
		if want := fmt.Sprintf(`t.toml:4: storage.driver: the driver %q is not part of this build; use "sqlite"`, driver); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

func TestSets(t *testing.T) {
	c, err := Parse("t.toml", []byte("hosts = [\"a.b\"]\nlisten.s2s = []\n[host.\"a.b\"]\ngroups = \"g.a.b\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{"hosts": true, "listen s2s": true, "listen s2s_tls": false, "listen": true, "host a.b groups": true, "tls": false} {
		if got := c.Sets(strings.Fields(path)...); got != want {
			t.Errorf("%s: %v", path, got)
		}
	}
	if Default().Sets("hosts") {
		t.Error("a configuration built in Go has no file that sets anything")
	}
}

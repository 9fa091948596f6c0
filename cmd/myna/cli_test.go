package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/config"
	"myna/server"
	"myna/xmpp"
)

// shell runs commands in-process on a directory of its own.
type shell struct {
	t    *testing.T
	dir  string
	file string // the configuration
	asks bool   // standard input is somebody who can be asked
}

func newShell(t *testing.T) *shell {
	t.Helper()
	dir := t.TempDir()
	return &shell{t: t, dir: dir, file: filepath.Join(dir, "myna.toml")}
}

// input runs a command with standard input.
func (s *shell) input(in string, args ...string) (status int, out, err string) {
	s.t.Helper()
	var o, e bytes.Buffer
	c := &cli{in: strings.NewReader(in), out: &o, err: &e, backend: serverBackend(), name: "myna", env: func(k string) string {
		return map[string]string{"MYNA_CONFIG": s.file}[k]
	}}
	c.asked = func() bool { return s.asks }
	status = c.run(s.t.Context(), args)
	return status, o.String(), e.String()
}

// ok runs a command that must succeed and returns its output.
func (s *shell) ok(args ...string) string {
	s.t.Helper()
	status, out, err := s.input("", args...)
	if status != done {
		s.t.Fatalf("myna %s: status %d\n%s%s", strings.Join(args, " "), status, out, err)
	}
	return out
}

// fails runs a command that must fail with a status and a text on standard error.
func (s *shell) fails(status int, text string, args ...string) {
	s.t.Helper()
	got, out, err := s.input("", args...)
	if got != status || !strings.Contains(err, text) {
		s.t.Errorf("myna %s: status %d, want %d and %q\n%s%s", strings.Join(args, " "), got, status, text, out, err)
	}
	if status == failed && strings.Count(err, "\n") != 1 {
		s.t.Errorf("myna %s: more than one line on standard error:\n%s", strings.Join(args, " "), err)
	}
	if status == misuse && !strings.Contains(err, "Usage:") {
		s.t.Errorf("myna %s: no usage\n%s", strings.Join(args, " "), err)
	}
}

func (s *shell) write(name, text string) string {
	s.t.Helper()
	file := filepath.Join(s.dir, name)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return file
}

// set makes a server with init.
func (s *shell) set() string {
	s.t.Helper()
	return s.ok("init", "example.com", "--admin", "lan", "--data", filepath.Join(s.dir, "data"))
}

// signsIn fails the test unless a password is that of an account. No server may run.
func (s *shell) signsIn(address, password string) {
	s.t.Helper()
	cfg, err := config.Load(s.file)
	if err != nil {
		s.t.Fatal(err)
	}
	cfg.Listen = config.Listen{}
	srv, err := server.Start(s.t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		s.t.Fatal(err)
	}
	j, err := xmpp.ParseJID(address)
	if err == nil {
		err = srv.Accounts().CheckPassword(s.t.Context(), j, password, netip.MustParseAddr("127.0.0.1"))
	}
	if err := errors.Join(err, srv.Shutdown(s.t.Context())); err != nil {
		s.t.Errorf("%s: %v", address, err)
	}
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var out T
	if err := json.Unmarshal([]byte(text), &out); err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return out
}

func TestEveryCommandHasHelp(t *testing.T) {
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
		if cmd.HasParent() && (cmd.Short == "" || !strings.Contains(cmd.Example, cmd.CommandPath()[len("myna "):])) {
			t.Errorf("%s has no short help or no example that shows it", cmd.CommandPath())
		}
	}
	walk((&cli{}).root())
}

func TestMisuse(t *testing.T) {
	s := newShell(t)
	for text, args := range map[string][]string{
		"which command?": nil,
		`unknown command "acount"; did you mean "account"?`:                                  {"acount"},
		`unknown command "crate"; did you mean "create"?`:                                    {"account", "crate"},
		`"lan" is no address of an account`:                                                  {"account", "create", "lan"},
		`--limit takes a whole number, not "x"`:                                              {"audit", "--limit", "x"},
		"myna account create takes ADDRESS":                                                  {"account", "create"},
		"myna version takes no arguments":                                                    {"version", "x"},
		"myna alias add takes ADDRESS TARGET …":                                              {"alias", "add", "a@example.com"},
		"unknown flag --passwd\n":                                                            {"account", "create", "a@example.com", "--passwd", "x"},
		"there is no terminal to ask":                                                        {"account", "create", "a@example.com"},
		"what shall be changed?":                                                             {"account", "set", "a@example.com"},
		"--chat is on or off":                                                                {"account", "set", "a@example.com", "--chat", "maybe"},
		"--password-stdin and --generate-password exclude":                                   {"account", "password", "a@example.com", "--password-stdin", "--generate-password"},
		"who shall administer the server? Give --admin NAME":                                 {"init", "example.com"},
		"myna account import takes FILE.csv":                                                 {"account", "import"},
		`--retention-days takes a whole number, not "many"`:                                  {"alias", "set", "a@example.com", "--retention-days", "many"},
		"myna alias rename takes ADDRESS NEW-ADDRESS":                                        {"alias", "rename", "a@example.com"},
		`unknown command "explode"` + "\n":                                                   {"room", "explode", "x"},
		`unknown command "a"` + "\n":                                                         {"a"},
		`unknown command "users"` + "\n":                                                     {"users"},
		`unknown command "sess"; did you mean "sessions"?`:                                   {"account", "sess"},
		"unknown flag --nmae; did you mean --name?":                                          {"account", "create", "a@example.com", "--nmae", "x"},
		"unknown flag --jsno; did you mean --json?":                                          {"account", "list", "--jsno"},
		"unknown flag --frobnicate\n":                                                        {"account", "list", "--frobnicate"},
		`unknown command "acount"; did you mean "account"?` + "\n\nUsage:\n  myna [command]": {"help", "acount"},
		`unknown command "shwo"; did you mean "show"?`:                                       {"help", "config", "shwo"},
		"--limit is from 1 to 1000, not 0":                                                   {"audit", "--limit", "0"},
		"who belongs to a@example.com? Give --target ADDRESS":                                {"alias", "create", "a@example.com"},
		"unknown shorthand flag: 'x' in -x":                                                  {"account", "list", "-x"},
		`"a b" is no mail domain: a domain has no " " in it; give the part behind the @`:     {"init", "a b", "--admin", "lan"},
		`"lan@example.com" is no mail domain: a domain has no "@" in it`:                     {"init", "lan@example.com", "--admin", "lan"},
		`"192.0.2.1" is no mail domain: it is the address of a machine`:                      {"init", "192.0.2.1", "--admin", "lan"},
		`"a/b" cannot be the name of an account; give the part before the @`:                 {"init", "example.com", "--admin", "a/b"},
	} {
		s.fails(misuse, text, args...)
	}
}

func TestConfigCommands(t *testing.T) {
	s := newShell(t)
	s.fails(failed, "there is no configuration "+s.file+"; name it with --config", "config", "check")
	s.write("myna.toml", "hosts = [\"example.com\"]\n[listen]\nc2s_tsl = []\n")
	s.fails(failed, s.file+`:3: unknown key "c2s_tsl" in [listen]; did you mean "c2s_tls"?`, "config", "check")
	s.write("myna.toml", "hosts = [\"example.com\"]\n[modules.acounts]\n")
	s.fails(failed, s.file+`:2: [modules.acounts]: there is no module "acounts"; did you mean "accounts"?`, "config", "check")
	s.write("myna.toml", "hosts = [\"example.com\"]\n[log]\nlevel = \"debug\"\n")
	if out := s.ok("config", "check"); out != s.file+" is right.\n" {
		t.Error(out)
	}
	s.write("myna.toml", "hosts = [\"example.com\"]\n[listen]\ns2s = [\"[::]:5269\"]\ncomponent = []\n[log]\nlevel = \"debug\"\n")
	if out := s.ok("config", "check"); !strings.HasSuffix(out, " is right.\nNote: this version does not serve listen.s2s; nobody listens there.\n") {
		t.Error(out)
	}
	s.write("myna.toml", "hosts = [\"example.com\"]\n[tls]\ncert = \"no.pem\"\nkey = \"no-key.pem\"\n")
	s.fails(failed, s.file+":3: tls.cert: load certificates: open ", "config", "check")
	s.write("myna.toml", "hosts = [\"example.com\"]\n[modules.accounts]\ncertificate_ca = \"no.pem\"\n")
	s.fails(failed, s.file+":3: modules.accounts.certificate_ca: read authorities of clients: open ", "config", "check")
	s.write("myna.toml", "hosts = [\"example.com\"]\n[host.\"example.com\".modules.accounts]\ncertificate_ca = \""+s.file+"\"\ncertificate_mail = true\n")
	s.fails(failed, "myna.toml has no certificate", "config", "check")
	s.write("myna.toml", "hosts = [\"example.com\"]\n[log]\nlevel = \"debug\"\n")
	if out := s.ok("config", "show"); !strings.Contains(out, "level = \"debug\"\n") {
		t.Error(out)
	}
	if out := decode[map[string]any](t, s.ok("config", "show", "--json")); out["log"].(map[string]any)["level"] != "debug" {
		t.Errorf("%v", out)
	}
	doc := s.ok("config", "doc")
	if _, err := config.Parse("doc", []byte(doc)); err != nil {
		t.Errorf("the documentation is no configuration: %v", err)
	}
}

func TestAccountCommands(t *testing.T) {
	s := newShell(t)
	s.set()
	if status, out, err := s.input("streng geheim\n", "account", "create", "minh@example.com", "--name", "Trần Văn Minh", "--password-stdin"); status != done || strings.Contains(out, "streng") {
		t.Fatalf("create: %d %s %s", status, out, err)
	}
	if status, _, err := s.input("\n", "account", "password", "minh@example.com", "--password-stdin"); status != failed || !strings.Contains(err, "no password on standard input") {
		t.Errorf("empty password: %d %s", status, err)
	}
	made := decode[admin.CreatedAccount](t, s.ok("account", "create", "chi@example.com", "--generate-password", "--admin", "domain", "--json"))
	if len(made.Password) != 19 || made.Role != "domain" {
		t.Errorf("created %+v", made)
	}
	s.ok("account", "set", "chi@example.com", "--admin", "none", "--chat", "off", "--department", "Sales")
	list := s.ok("account", "list", "--domain", "example.com")
	for _, want := range []string{"ADDRESS", "Trần Văn Minh", "server admin", "mail only", "Sales"} {
		if !strings.Contains(list, want) {
			t.Errorf("list without %q\n%s", want, list)
		}
	}
	s.ok("account", "set", "minh@example.com", "--digest", "daily")
	if out := s.ok("account", "show", "minh@example.com"); !strings.Contains(out, "daily") {
		t.Error(out)
	}
	s.fails(failed, `"weekly" is no rhythm of mails about groups; use default, off, 15m, 1h, daily`, "account", "set", "minh@example.com", "--digest", "weekly")
	if out := s.ok("account", "disable", "minh@example.com"); out != "minh@example.com is disabled.\n" {
		t.Error(out)
	}
	s.ok("account", "enable", "minh@example.com")
	if out := s.ok("account", "password", "minh@example.com", "--generate-password"); !strings.Contains(out, "Password: ") {
		t.Error(out)
	}
	app := decode[admin.CreatedAppPassword](t, s.ok("account", "app-password", "create", "minh@example.com", "Printer", "--json"))
	if out := s.ok("account", "app-password", "list", "minh@example.com"); !strings.Contains(out, app.ID) || !strings.Contains(out, "never") || strings.Contains(out, app.Password) {
		t.Error(out)
	}
	s.fails(failed, "a label is needed", "account", "app-password", "create", "minh@example.com", " ")
	if out := s.ok("account", "app-password", "revoke", "minh@example.com", app.ID); out != "The app password "+app.ID+" (Printer) is revoked.\n" {
		t.Error(out)
	}
	s.fails(failed, "minh@example.com has no app password "+app.ID, "account", "app-password", "revoke", "minh@example.com", app.ID)
	if out := s.ok("account", "app-password", "list", "minh@example.com"); out != "No app passwords.\n" {
		t.Error(out)
	}
	s.fails(failed, "the server does not run", "account", "kick", "minh@example.com")
	s.fails(failed, "there is no account x@example.com\n", "account", "show", "x@example.com")
	s.fails(failed, "there is no account mihn@example.com; did you mean minh@example.com?", "account", "show", "mihn@example.com")
	s.fails(misuse, "there is no terminal to ask whether minh@example.com shall go with all that belongs to it: give --yes", "account", "delete", "minh@example.com")
	s.ok("account", "delete", "minh@example.com", "--yes")
	s.fails(failed, "there is no account", "account", "delete", "minh@example.com", "--yes")
	if out := s.ok("audit"); !strings.Contains(out, "account.delete") {
		t.Error(out)
	}
	if out := s.ok("report", "list"); !strings.Contains(out, "No reports.") {
		t.Error(out)
	}
	s.fails(failed, `there is no report "x"; it may be closed`, "report", "show", "x")
	s.fails(failed, `there is no report "x"`, "report", "close", "x")
}

func TestImportCommand(t *testing.T) {
	s := newShell(t)
	s.set()
	people := s.write("people.csv", "address,name,department,password\nminh@example.com,Minh,Sales,streng geheim\nbad,,,x\nchi@example.com,Chi,,\n")
	status, out, err := s.input("", "account", "import", people)
	if status != failed || !strings.Contains(out, "0 created, 0 skipped, 2 refused") || !strings.Contains(out, "4     chi@example.com  the password is empty") ||
		!strings.Contains(err, "nothing was imported: 2 lines are refused") {
		t.Errorf("import: %d\n%s%s", status, out, err)
	}
	secrets := filepath.Join(s.dir, "secrets.csv")
	s.fails(failed, "no such file", "account", "import", filepath.Join(s.dir, "none.csv"), "--generate-passwords", secrets)
	status, out, err = s.input("", "account", "import", people, "--partial", "--generate-passwords", secrets)
	if status != failed || !strings.Contains(out, "2 created, 0 skipped, 1 refused") || !strings.Contains(err, "hashing passwords: 2 of 2") {
		t.Errorf("partial import: %d\n%s%s", status, out, err)
	}
	data, fileErr := os.ReadFile(secrets)
	info, statErr := os.Stat(secrets)
	if fileErr != nil || statErr != nil || info.Mode() != 0o600 || !strings.HasPrefix(string(data), "address,password\nchi@example.com,") || strings.Contains(string(data), "streng") {
		t.Errorf("passwords %q, %v, %v", data, info, fileErr)
	}
	s.fails(failed, "file exists", "account", "import", people, "--generate-passwords", secrets)
	status, out, _ = s.input("minh@example.com\nnga@example.com,Nga,,streng geheim\n", "account", "import", "-", "--skip-existing", "--json")
	if r := decode[admin.Imported](t, out); status != done || r.Created != 1 || r.Skipped != 1 {
		t.Errorf("import again: %d %+v", status, r)
	}
}

func TestAliasCommands(t *testing.T) {
	s := newShell(t)
	s.set()
	s.ok("alias", "create", "sales@example.com", "--target", "lan@example.com", "--target", "x@elsewhere.example", "--name", "Sales")
	if out := s.ok("alias", "set", "sales@example.com", "--group-chat", "--lead", "lan@example.com"); !strings.Contains(out, "It is a group") {
		t.Error(out)
	}
	s.ok("alias", "create", "all@example.com", "--everyone", "--announcement")
	if out := s.ok("alias", "list"); !strings.Contains(out, "everyone") || !strings.Contains(out, "group chat") {
		t.Error(out)
	}
	s.ok("alias", "add", "all@example.com", "sales@example.com")
	s.ok("alias", "rename", "sales@example.com", "revenue@example.com")
	d := decode[admin.AliasDetail](t, s.ok("alias", "show", "revenue@example.com", "--json"))
	if len(d.NamedBy) != 1 || len(d.Leads) != 1 || d.Name != "Sales" {
		t.Errorf("shown %+v", d)
	}
	s.ok("alias", "set", "revenue@example.com", "--group-chat=false")
	s.fails(failed, "without group chat", "group", "show", "revenue@example.com")
	s.fails(failed, "there is no alias revenu@example.com; did you mean revenue@example.com?", "alias", "show", "revenu@example.com")
	s.fails(failed, "revenue@example.com would have no targets left; delete it instead: myna --config ", "alias", "remove", "revenue@example.com", "x@elsewhere.example", "lan@example.com") // the last ones
	s.ok("alias", "remove", "revenue@example.com", "x@elsewhere.example")
	if out := s.ok("alias", "delete", "revenue@example.com"); !strings.Contains(out, "alias restore revenue@example.com") {
		t.Error(out)
	}
	s.ok("alias", "restore", "revenue@example.com")
	s.ok("alias", "delete", "revenue@example.com")
	s.ok("alias", "delete", "revenue@example.com", "--purge", "--yes")
	if out := s.ok("alias", "list", "--deleted"); out != "No aliases.\n" {
		t.Error(out)
	}
	if out := s.ok("room", "list"); out != "No rooms.\n" {
		t.Error(out)
	}
	s.fails(failed, "the target nobody@example.com is neither", "alias", "create", "y@example.com", "--target", "nobody@example.com")
}

func TestStatusAndVersion(t *testing.T) {
	s := newShell(t)
	s.set()
	if st := decode[admin.Status](t, s.ok("status", "--json")); st.Running || len(st.Hosts) != 1 || st.Hosts[0].Accounts != 1 {
		t.Errorf("status %+v", st)
	}
	if out := s.ok("version"); !strings.HasPrefix(out, "myna ") {
		t.Error(out)
	}
	if version := s.ok("--version"); !strings.HasPrefix(s.ok("version"), strings.TrimSpace(version)+" ") {
		t.Error(version)
	}
	if out := s.ok("help", "account", "create"); out != s.ok("account", "create", "--help") {
		t.Error(out)
	}
	s.fails(failed, "the server does not run; start it with myna --config "+s.file+" serve", "reload")
}

func TestTable(t *testing.T) {
	var out strings.Builder
	table(&out, "None.", []string{"ADDRESS", "NAME", "STATE"}, [][]string{
		{"a@example.com", "", ""}, {"long.name@example.com", "Lan", ""}, {"b@example.com", "", "disabled"}})
	const want = `ADDRESS                NAME  STATE
a@example.com
long.name@example.com  Lan
b@example.com                disabled
`
	if out.String() != want {
		t.Errorf("got\n%s\nwant\n%s", out.String(), want)
	}
}

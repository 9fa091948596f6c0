package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Files that include each other are imported by a command, tried first; nothing outside of their directory is read.
func TestImportData(t *testing.T) {
	s, dir := newShell(t), t.TempDir()
	s.set()
	for name, text := range map[string]string{
		"secret.xml":     "<user xmlns='urn:xmpp:pie:0' name='outside'/>",
		"pie/main.xml":   "<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>\n<xi:include href='host.xml'/></server-data>",
		"pie/host.xml":   "<host xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude' jid='example.com'><xi:include href='u/a.xml'/></host>",
		"pie/u/a.xml":    "<user xmlns='urn:xmpp:pie:0' name='hoa' password='a long secret of hoa'><query xmlns='jabber:iq:roster'>\n<item jid='@'/><item jid='a@else.example'/></query></user>",
		"pie/escape.xml": "<server-data xmlns='urn:xmpp:pie:0'><host jid='example.com'>\n<include xmlns='http://www.w3.org/2001/XInclude' href='../secret.xml'/></host></server-data>",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	main := filepath.Join(dir, "pie", "main.xml")
	for _, step := range []struct {
		args    string
		created int
		merged  int
	}{{"--dry-run", 1, 0}, {"", 1, 0}, {"--merge", 0, 1}} {
		got := decode[[]dataFile](t, s.ok(append([]string{"--json", "import", main}, strings.Fields(step.args)...)...))
		if len(got) != 1 {
			t.Fatalf("%s: %+v", step.args, got)
		}
		if g := got[0]; g.Created != step.created || g.Merged != step.merged || len(g.Misfits) != 1 || g.Misfits[0].Place != "u/a.xml:2" {
			t.Errorf("%s: %+v", step.args, g)
		}
	}
	if out := s.ok("import", main); !strings.Contains(out, "1 exist and were skipped") {
		t.Errorf("again: %s", out)
	}
	s.signsIn("hoa@example.com", "a long secret of hoa")
	s.fails(failed, "escape.xml:2: include ../secret.xml", "import", filepath.Join(dir, "pie", "escape.xml"))
	s.fails(failed, "the file is empty", "import", "-")
	file := filepath.Join(dir, "all.xml")
	s.ok("export", "--credentials", file)
	b, err := os.ReadFile(file)
	info, statErr := os.Stat(file)
	if err != nil || statErr != nil || info.Mode().Perm() != 0o600 || !strings.Contains(string(b), `<user name="hoa">`) || !strings.Contains(string(b), "scram-credentials") {
		t.Errorf("exported %v, %.300s", err, b)
	}
}

package peers

import (
	"crypto/tls"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/bench/client"
)

func testSite(t *testing.T, archive string, shared bool) site {
	t.Helper()
	dir := t.TempDir()
	return site{Domain: Domain, Rooms: "groups." + Domain, Dir: dir, Cert: filepath.Join(dir, "cert.pem"),
		Key: filepath.Join(dir, "key.pem"), Archive: archive, Port: 1234, DirectPort: 1235,
		Setup: Setup{Accounts: 3, SharedRoster: shared, Transport: client.Plain}}
}

// The configuration for myna must be one that myna accepts: it is strict about keys.
func TestMynaConfiguration(t *testing.T) {
	for _, archive := range []string{"none", "normal", "full"} {
		st := testSite(t, archive, false)
		st.Contacts = true
		file, err := render(st, "myna.toml")
		if err != nil {
			t.Fatal(err)
		}
		c, err := config.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if c.Archive.Enabled != (archive != "none") || c.Archive.Sync == "" || (archive == "normal") != (c.Archive.Sync == "normal") {
			t.Errorf("%s gives %+v", archive, c.Archive)
		}
		if off, ok := c.Modules["contacts"]["shared_roster"].(bool); off || !ok {
			t.Errorf("the shared roster is not switched off: %v", c.Modules)
		}
		if !c.TLS.PlaintextLoopback || c.Limits.BytesPerSecond != 0 || c.Limits.ConnectionsPerIP != 0 ||
			c.Limits.FailedLoginsPerMinute != 0 {
			t.Errorf("the throttles are on: %+v %+v", c.TLS, c.Limits)
		}
		if len(c.Listen.S2S)+len(c.Listen.HTTPS)+len(c.Listen.HTTP) != 0 || c.Listen.C2S[0] != "127.0.0.1:1234" {
			t.Errorf("listens on %+v", c.Listen)
		}
	}
}

// Whatever the archive, a peer listens on the loopback interface only and stays in its folder.
func TestPeersStayOnLoopbackAndInTheirFolder(t *testing.T) {
	address := regexp.MustCompile(`\b\d+\.\d+\.\d+\.\d+\b`)
	path := regexp.MustCompile(`"/[^"]*"`)
	for name, archives := range map[string][]string{
		"prosody.cfg.lua": {"none", "internal", "sqlite"}, "ejabberd.yml": {"none", "mnesia", "sqlite"}} {
		for _, archive := range archives {
			st := testSite(t, archive, true)
			file, err := render(st, name)
			if err != nil {
				t.Fatal(err)
			}
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range address.FindAllString(string(b), -1) {
				if a != "127.0.0.1" {
					t.Errorf("%s has the address %s", name, a)
				}
			}
			for _, p := range path.FindAllString(string(b), -1) {
				if !strings.HasPrefix(p, `"`+st.Dir+"/") {
					t.Errorf("%s has the path %s", name, p)
				}
			}
			if got, want := strings.Contains(string(b), "mam"), archive != "none"; got != want && name != "ejabberd.yml" {
				t.Errorf("%s with archive %s: mam %v", name, archive, got)
			}
			if strings.Contains(string(b), "archive.sqlite") != (archive == "sqlite") {
				t.Errorf("%s with archive %s: wrong storage", name, archive)
			}
		}
	}
}

func TestProsodyAccounts(t *testing.T) {
	st := testSite(t, "none", true)
	if err := prosodyAccounts(st); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(st.Dir, "data", "bench%2etest", "accounts", "u?.dat"))
	if err != nil || len(files) != 3 {
		t.Fatalf("%v, %v", files, err)
	}
	b, err := os.ReadFile(files[2])
	if err != nil || !regexp.MustCompile(`^return \{\s+\["stored_key"\] = "[0-9a-f]{40}";`).Match(b) {
		t.Errorf("%s, %v", b, err)
	}
	if err := prosodyGroup(st); err != nil {
		t.Fatal(err)
	}
	b, err = os.ReadFile(filepath.Join(st.Dir, "groups.txt"))
	if err != nil || string(b) != "[everybody]\nu0@bench.test=u0\nu1@bench.test=u1\nu2@bench.test=u2\n" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestCertificateLoads(t *testing.T) {
	st := testSite(t, "none", false)
	if err := WriteCertificate(st.Cert, st.Key, "a.example", "b.example"); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(st.Cert, st.Key)
	if err != nil {
		t.Fatal(err)
	}
	if pair.Leaf.VerifyHostname("b.example") != nil || pair.Leaf.VerifyHostname("c.example") == nil {
		t.Error("wrong names")
	}
}

func TestVariants(t *testing.T) {
	var names []string
	for _, v := range Variants("bin/myna") {
		names = append(names, v.String())
	}
	text := strings.Join(names, " ")
	if !strings.HasPrefix(text, "myna/none myna/normal myna/full ") || !strings.HasSuffix(text, "relay/none") {
		t.Error(text)
	}
	if strings.Contains(Variants("")[0].String(), "myna") {
		t.Error("myna without a binary")
	}
	if _, err := Start(t.Context(), Variant{Server: "nobody", Archive: "none"}, Setup{}); err == nil {
		t.Error("an unknown server starts")
	}
}

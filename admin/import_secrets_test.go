package admin

import (
	"encoding/base64"
	"strings"
	"testing"

	"myna/xmpp"
)

// Hashed passwords in the attribute are read, written once or twice in base64, and what is none is not.
func TestHashed(t *testing.T) {
	once := func(b string) string { return base64.StdEncoding.EncodeToString([]byte(b)) }
	twice := func(b string) string { return once(once(b)) }
	sha1, sha256 := strings.Repeat("k", 20), strings.Repeat("k", 32)
	for text, want := range map[string]string{
		once(sha1) + "," + once(sha1) + "," + once("salt") + ",4096":                    "SCRAM-SHA-1",
		twice(sha1) + "," + twice(sha1) + "," + twice("salt") + ",4096":                 "SCRAM-SHA-1",
		"sha256," + once(sha256) + "," + once(sha256) + "," + once("salt") + ",10000":   "SCRAM-SHA-256",
		"sha256," + twice(sha256) + "," + twice(sha256) + "," + twice("salt") + ",4096": "SCRAM-SHA-256",
		"md5," + once(sha1) + "," + once(sha1) + "," + once("salt") + ",4096":           "",
		once(sha256) + "," + once(sha256) + "," + once("salt") + ",4096":                "",
		once(sha1) + "," + once(sha1) + ",,4096":                                        "",
		once(sha1) + "," + once(sha1) + "," + once("salt") + ",0":                       "",
		once(sha1) + "," + once(sha1) + "," + once("salt"):                              "",
		"": "",
	} {
		c, ok := hashed(text)
		if ok != (want != "") || ok && (c.Mechanism != want || string(c.Salt) != "salt" || string(c.StoredKey) != strings.Repeat("k", sizes[want])) {
			t.Errorf("%q: %+v, %t", text, c, ok)
		}
	}
}

// Verifiers are what XEP-0227 § 4.3 says, or are not used.
func TestVerifiers(t *testing.T) {
	key := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("k", 20)))
	scram := func(mechanism, count, salt string) string {
		return `<scram-credentials xmlns="urn:xmpp:pie:0#scram" mechanism="` + mechanism + `"><iter-count>` + count + `</iter-count><salt>` + salt +
			`</salt><server-key>` + key + `</server-key><stored-key>` + key + `</stored-key></scram-credentials>`
	}
	for name, tt := range map[string]struct {
		elements []string
		n        int
		wrong    string
	}{
		"right":         {[]string{scram("SCRAM-SHA-1", "4096", "c2FsdA==")}, 1, ""},
		"twice":         {[]string{scram("SCRAM-SHA-1", "4096", "c2FsdA=="), scram("SCRAM-SHA-1", "4096", "c2FsdA==")}, 1, "two passwords"},
		"leading zeros": {[]string{scram("SCRAM-SHA-1", "04096", "c2FsdA==")}, 0, "iterations"},
		"endless":       {[]string{scram("SCRAM-SHA-1", "4000000000", "c2FsdA==")}, 0, "iterations"},
		"no salt":       {[]string{scram("SCRAM-SHA-1", "4096", "")}, 0, "salt"},
		"no base64":     {[]string{scram("SCRAM-SHA-1", "4096", "%")}, 0, "salt"},
	} {
		t.Run(name, func(t *testing.T) {
			var n newcomer
			for _, text := range tt.elements {
				e, err := xmpp.ParseElement([]byte(text), "")
				if err != nil {
					t.Fatal(err)
				}
				n.verifier(e)
			}
			if len(n.verifiers) != tt.n || !strings.Contains(n.wrong, tt.wrong) || (tt.wrong == "") != (n.wrong == "") {
				t.Errorf("%d verifiers, %q", len(n.verifiers), n.wrong)
			}
		})
	}
}

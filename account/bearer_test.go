package account

import (
	"strings"
	"testing"
	"time"
)

// RFC 7628 § 3.1: what is a request, and what is none.
func TestParseBearer(t *testing.T) {
	for message, want := range map[string]bearerRequest{
		"n,a=lan@example.com,\x01host=example.com\x01port=5222\x01auth=Bearer abc\x01\x01": {"lan@example.com", "abc"},
		"n,a=lan@example.com,\x01auth=bearer  abc \x01\x01":                                {"lan@example.com", "abc"},
		"y,a=l=2Can=3D@example.com,\x01auth=BEARER a=b\x01\x01":                            {"l,an=@example.com", "a=b"},
	} {
		if got, err := parseBearer([]byte(message)); err != nil || got != want {
			t.Errorf("%q: %+v, %v", message, got, err)
		}
	}
	for _, message := range []string{
		"", "\x01", "n,,\x01auth=Bearer a\x01\x01", "n,a=x,", "n,a=x,\x01", "n,a=x,\x01\x01", "n,a=x,\x01\x01\x01", "n,\x01auth=Bearer a\x01\x01", "p=tls-unique,,\x01auth=Bearer a\x01\x01",
		"n,b=x,\x01auth=Bearer a\x01\x01", "n,a=,\x01auth=Bearer a\x01\x01", "n,a=x=y,\x01auth=Bearer a\x01\x01", "n,a=x,y,\x01auth=Bearer a\x01\x01",
		"n,a=x,\x01auth=Bearer \x01\x01", "n,a=x,\x01auth=Basic a\x01\x01", "n,a=x,\x01auth=Bearer a\x01auth=Bearer b\x01\x01", "n,a=x,\x01host=x\x01\x01",
		"n,a=x,\x01=x\x01auth=Bearer a\x01\x01", "n,a=x,\x01a1=x\x01auth=Bearer a\x01\x01", "n,a=x,\x01auth=Bearer \xff\x01\x01", "n,a=x,\x01auth\x01\x01",
	} {
		if got, err := parseBearer([]byte(message)); condition(err) != MalformedRequest {
			t.Errorf("%q: %+v, %v", message, got, err)
		}
	}
}

// RFC 7628 § 3.2: a token that is not good is told so by a challenge, and after the answer to that it fails.
func TestBearer(t *testing.T) {
	h := newHouse(t, func(c *Config) { c.Bearer = true })
	token, _, _, err := h.Issue(lan(t), "", time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		first, second string
		want          Condition
	}{
		{"n,a=lan@example.com,\x01auth=Bearer " + token + "\x01\x01", "", ""},
		{"n,a=lan@example.com,\x01auth=Bearer nonsense\x01\x01", "\x01", NotAuthorized},
		{"n,a=minh@example.com,\x01auth=Bearer " + token + "\x01\x01", "\x01", NotAuthorized},
		{"n,a=lan@example.com,\x01auth=Bearer nonsense\x01\x01", "n,a=lan@example.com,\x01auth=Bearer " + token + "\x01\x01", MalformedRequest},
		{"n,a=lan@example.org,\x01auth=Bearer " + token + "\x01\x01", "", InvalidAuthzid},
		{"n,a=example.com,\x01auth=Bearer " + token + "\x01\x01", "", InvalidAuthzid},
	} {
		x, err := h.Begin(Attempt{Domain: domain, Mechanism: bearerName, Channel: Channel{Encrypted: true}})
		if err != nil {
			t.Fatal(err)
		}
		challenge, done, err := x.Step(t.Context(), []byte(c.first))
		if c.second != "" {
			if done || err != nil || string(challenge) != `{"status":"invalid_token"}` {
				t.Errorf("%q: %s, %v", c.first, challenge, err)
			}
			_, _, err = x.Step(t.Context(), []byte(c.second))
		}
		if condition(err) != c.want || (c.want == "") != (x.JID() == lan(t)) {
			t.Errorf("%q: %v, %s", c.first, err, x.JID())
		}
	}
}

// FuzzBearer reads requests of all kinds.
func FuzzBearer(f *testing.F) {
	f.Add("n,a=lan@example.com,\x01host=example.com\x01auth=Bearer abc\x01\x01")
	f.Add("y,a=x,\x01auth=bearer x\x01\x01")
	f.Fuzz(func(t *testing.T, message string) {
		q, err := parseBearer([]byte(message))
		if err != nil {
			return
		}
		if q.token == "" || strings.Contains(q.token, kvsep) || !strings.HasSuffix(message, kvsep+kvsep) {
			t.Errorf("%q is read as %+v", message, q)
		}
	})
}

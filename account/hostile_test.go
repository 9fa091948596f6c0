package account

import (
	"context"
	"strings"
	"testing"
)

func TestHostileFirstMessages(t *testing.T) {
	h := newHouse(t, nil)
	for _, c := range []struct {
		mechanism, message string
		want               Condition // "" for a challenge or success
	}{
		{"SCRAM-SHA-256", "n,,n=lan,r=abc", ""},
		{"SCRAM-SHA-256", "n,,n=LAN,r=abc", ""},
		{"SCRAM-SHA-256", "n,,n=lan,r=abc,x=optional", ""},
		{"SCRAM-SHA-256", "n,a=lan@example.com,n=lan,r=abc", ""},
		{"SCRAM-SHA-256", "n,a=LAN@Example.com,n=lan,r=abc", ""},
		{"SCRAM-SHA-256", "n,,n=a=2Cb=3Dc,r=abc", ""}, // no localpart, so no account
		{"SCRAM-SHA-256", "n,a=minh@example.com,n=lan,r=abc", InvalidAuthzid},
		{"SCRAM-SHA-256", "n,a=lan@example.com/x,n=lan,r=abc", InvalidAuthzid},
		{"SCRAM-SHA-256", "n,a=example.com,n=lan,r=abc", InvalidAuthzid},
		{"SCRAM-SHA-256", "n,a=@,n=lan,r=abc", InvalidAuthzid},
		{"SCRAM-SHA-256", "n,a=nobody@example.com,n=a b,r=abc", InvalidAuthzid},
		{"SCRAM-SHA-256", "n,a=,n=lan,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,x=lan,n=lan,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "", MalformedRequest},
		{"SCRAM-SHA-256", "n", MalformedRequest},
		{"SCRAM-SHA-256", "n,,", MalformedRequest},
		{"SCRAM-SHA-256", "x,,n=lan,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "nn,,n=lan,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "p=,,n=lan,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "p=a b,,n=lan,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=lan", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=lan,r=", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=lan,r=a c", MalformedRequest},
		{"SCRAM-SHA-256", "n,,r=abc,n=lan", MalformedRequest},
		{"SCRAM-SHA-256", "n,,m=x,n=lan,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=lan,r=abc,m=x", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=lan,r=abc,", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=lan,r=abc,1=x", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=l=an,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=l=2c,r=abc", MalformedRequest}, // § 5.1: upper case
		{"SCRAM-SHA-256", "n,,n=lan=,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=l\xffn,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=l\x00n,r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=" + strings.Repeat("x", 1024) + ",r=abc", MalformedRequest},
		{"SCRAM-SHA-256", "n,,n=lan,r=" + strings.Repeat("x", 1025), MalformedRequest},
		{"SCRAM-SHA-256", strings.Repeat("x", maxResponse+1), MalformedRequest},
		{"PLAIN", "\x00lan\x00xin chào", ""},
		{"PLAIN", "lan@example.com\x00lan\x00xin chào", ""},
		{"PLAIN", "\x00Lan\x00xin cha\u0300o", ""},
		{"PLAIN", "minh@example.com\x00lan\x00xin chào", InvalidAuthzid},
		{"PLAIN", "\x00lan\x00wrong", NotAuthorized},
		{"PLAIN", "\x00lan@example.com\x00xin chào", NotAuthorized},
		{"PLAIN", "\x00nobody\x00xin chào", NotAuthorized},
		{"PLAIN", "\x00lan\x00", MalformedRequest},
		{"PLAIN", "\x00\x00xin chào", MalformedRequest},
		{"PLAIN", "", MalformedRequest},
		{"PLAIN", "lan", MalformedRequest},
		{"PLAIN", "\x00lan\x00xin chào\x00", MalformedRequest},
		{"PLAIN", "\x00lan\x00\xff", MalformedRequest},
	} {
		x := h.begin(t, c.mechanism, Channel{Encrypted: true})
		_, done, err := x.Step(t.Context(), []byte(c.message))
		if condition(err) != c.want {
			t.Errorf("%s %.60q: %v, want %q", c.mechanism, c.message, err, c.want)
		}
		if in := c.mechanism == "PLAIN" && c.want == ""; done != in || x.JID().IsZero() == in {
			t.Errorf("%s %.60q: done %v as %q", c.mechanism, c.message, done, x.JID())
		}
	}
}

func TestHostileFinalMessages(t *testing.T) {
	h := newHouse(t, nil)
	replace := func(old, with string) func(string) string {
		return func(s string) string { return strings.Replace(s, old, with, 1) }
	}
	cut := func(sep string) func(string) string {
		return func(s string) string { return s[:strings.Index(s, sep)] }
	}
	for name, c := range map[string]struct {
		mangle func(string) string
		want   Condition
	}{
		"as it should be":  {func(s string) string { return s }, ""},
		"empty":            {func(string) string { return "" }, MalformedRequest},
		"no proof":         {cut(",p="), MalformedRequest},
		"only a proof":     {func(s string) string { return s[strings.Index(s, ",p="):] }, MalformedRequest},
		"no channel":       {replace("c=biws,", ""), MalformedRequest},
		"no nonce":         {replace(",r=", ",x="), MalformedRequest},
		"another nonce":    {replace(",r=c", ",r=d"), NotAuthorized},
		"client's nonce":   {func(s string) string { return "c=biws,r=clientnonce" + s[strings.Index(s, ",p="):] }, NotAuthorized},
		"mandatory":        {replace(",p=", ",m=x,p="), MalformedRequest},
		"added extension":  {replace(",p=", ",x=y,p="), NotAuthorized}, // fine in itself, but the proof does not cover it
		"broken extension": {replace(",p=", ",,p="), MalformedRequest},
		"broken base64":    {replace("c=biws", "c=biw"), IncorrectEncoding},
		"broken proof":     {func(s string) string { return s + "?" }, IncorrectEncoding},
		"line break":       {func(s string) string { return s + "\n" }, IncorrectEncoding},
		"short proof":      {func(s string) string { return s[:strings.Index(s, ",p=")] + ",p=AAAA" }, NotAuthorized},
		"empty proof":      {func(s string) string { return s[:strings.Index(s, ",p=")] + ",p=" }, NotAuthorized},
		"not UTF-8":        {func(s string) string { return s + "\xff" }, MalformedRequest},
	} {
		x := h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true})
		peer := client{gs2: "n,,", user: "lan", password: "xin chào", mangle: c.mangle}
		if err := peer.run(t, x); condition(err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		if _, done, err := x.Step(t.Context(), []byte("again")); done || condition(err) != MalformedRequest {
			t.Errorf("%s: a step after the end gave %v, %v", name, done, err)
		}
	}
}

func TestNoInitialResponse(t *testing.T) {
	h := newHouse(t, nil)
	x := h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true})
	challenge, done, err := x.Step(t.Context(), nil)
	if challenge == nil || len(challenge) != 0 || done || err != nil {
		t.Fatalf("no initial response: %q, %v, %v", challenge, done, err)
	}
	if err := (client{gs2: "n,,", user: "lan", password: "xin chào"}).run(t, x); err != nil || x.JID() != lan(t) {
		t.Errorf("then the exchange ended with %v as %q", err, x.JID())
	}
	x = h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true})
	for range 2 {
		_, _, err = x.Step(t.Context(), nil)
	}
	if condition(err) != MalformedRequest {
		t.Errorf("nothing twice: %v", err)
	}
}

func TestAbort(t *testing.T) {
	h := newHouse(t, nil)
	x := h.begin(t, "SCRAM-SHA-256", Channel{Encrypted: true})
	if _, _, err := x.Step(t.Context(), []byte("n,,n=lan,r=abc")); err != nil {
		t.Fatal(err)
	}
	if f := x.Abort(); f.Condition != Aborted {
		t.Errorf("abort: %v", f)
	}
	if _, done, err := x.Step(t.Context(), []byte("c=biws,r=abc,p=AAAA")); done || err == nil {
		t.Error("the exchange goes on after it was aborted")
	}
}

// FuzzExchange feeds an exchange any two messages: nothing may panic, and nobody may get in without the password.
func FuzzExchange(f *testing.F) {
	for _, m := range []string{"SCRAM-SHA-1", "SCRAM-SHA-512", "PLAIN"} {
		f.Add(m, []byte("n,,n=lan,r=abc"), []byte("c=biws,r=abc,p=AAAA"))
		f.Add(m, []byte("p=tls-exporter,a=lan@example.com,n=l=2Cn,r=abc,x=y"), []byte(""))
		f.Add(m, []byte("a\x00lan\x00b"), []byte("c=,r=,p="))
	}
	h := newHouse(f, nil)
	f.Fuzz(func(t *testing.T, mechanism string, first, second []byte) {
		x, err := h.Begin(Attempt{Domain: domain, Mechanism: mechanism, Channel: Channel{Encrypted: true}})
		if err != nil {
			return
		}
		for _, m := range [][]byte{first, second, second, nil} {
			_, done, err := x.Step(context.Background(), m)
			if done && !strings.HasSuffix(string(m), "\x00xin chào") {
				t.Fatalf("signed in as %q with %q, %q", x.JID(), first, second)
			}
			if err != nil && condition(err) == "" {
				t.Fatalf("failed without a condition: %v", err)
			}
		}
	})
}

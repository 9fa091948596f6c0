package api_test

import (
	"regexp"
	"strings"
	"testing"
)

// scrape asks for what is measured.
func (c *client) scrape(headers ...string) (int, string) {
	c.t.Helper()
	resp, b := c.with("").exchange("GET", "/metrics", "", headers...)
	return resp.StatusCode, string(b)
}

// What is measured is there, in lines that Prometheus reads, and says nothing of people.
func TestMetrics(t *testing.T) {
	c := withPeople(t)
	c.visit().signIn("root@example.net", "wrong")
	c.enter("root@example.net")
	status, text := c.scrape()
	if status != 200 {
		t.Fatal(status, text)
	}
	for _, want := range []string{
		`myna_info{version="`, `myna_sessions{host="example.net"} 0`, `myna_sessions{host="other.example"} 0`, `myna_accounts_online{host="example.net"} 0`,
		"myna_admin_sessions 1\n", `myna_stanzas_received_total{kind="message"} 0`, `myna_sign_ins_total{result="succeeded"} 1`, `myna_sign_ins_total{result="failed"} 1`,
		`myna_sign_ins_total{result="limited"} 0`, `myna_storage_queue{of="stanzas"} 0`, `myna_storage_commit_seconds_bucket{le="+Inf"}`, "go_goroutines ",
		"process_resident_memory_bytes ",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if n := regexp.MustCompile(`myna_storage_commit_seconds_count (\d+)`).FindStringSubmatch(text); n == nil || n[1] == "0" {
		t.Errorf("no transaction was measured: %v", n)
	}
	line := regexp.MustCompile(`^(#.*|[a-z_]+(\{[a-z_]+="[^"]*"(, ?[A-Za-z_]+="[^"]*")*\})? [-+0-9.eNaInf]+)$`)
	for l := range strings.Lines(text) {
		if !line.MatchString(strings.TrimSuffix(l, "\n")) {
			t.Errorf("no line of the format: %q", l)
		}
	}
	if strings.Contains(text, "root@") {
		t.Error("people are named")
	}
}

// Without a key it is for programs of this machine; a key of a domain does not open it.
func TestMetricsAreNotForAll(t *testing.T) {
	c := withPeople(t)
	away := []string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "https"}
	b := c.enter("lan@example.net")
	for name, tt := range map[string]struct {
		headers []string
		status  int
	}{
		"this machine":           {nil, 200},
		"another":                {away, 401},
		"with a key":             {append([]string{"Authorization", "Bearer " + c.key}, away...), 200},
		"with one of a domain":   {append([]string{"Authorization", "Bearer " + c.newKey("example.net")}, away...), 403},
		"with a wrong one":       {append([]string{"Authorization", "Bearer x"}, away...), 401},
		"a wrong one, from here": {[]string{"Authorization", "Bearer x"}, 401},
		"unencrypted":            {[]string{"X-Forwarded-For", "192.0.2.1", "X-Forwarded-Proto", "http"}, 403},
		"a page in a browser":    {[]string{"Sec-Fetch-Site", "cross-site"}, 403},
		"a session of the page":  {append([]string{"Cookie", b.cookie}, away...), 401},
	} {
		if status, text := c.scrape(tt.headers...); status != tt.status || status != 200 && strings.Contains(text, "myna_info") {
			t.Errorf("%s: %d, want %d", name, status, tt.status)
		}
	}
}

package api_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
)

// raw is a request whose answer is read by the caller.
func (b *browser) raw(method, path, body string, headers ...string) *http.Response {
	b.t.Helper()
	r, err := http.NewRequestWithContext(b.t.Context(), method, b.base+"/api/v1"+path, strings.NewReader(body))
	if err != nil {
		b.t.Fatal(err)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	r.Header.Set("Cookie", b.cookie)
	r.Header.Set("Myna-Token", b.token)
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { resp.Body.Close() })
	return resp
}

// An account is exported as a file that no browser shows; of another domain there is none.
func TestExport(t *testing.T) {
	c := withPeople(t)
	b := c.enter("lan@example.net")
	resp := b.raw("GET", "/accounts/minh@example.net/export", "")
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(resp.Status, err)
	}
	if !strings.HasPrefix(string(text), "<?xml") || !strings.Contains(string(text), `<user name="minh">`) {
		t.Errorf("exported %s", text)
	}
	for name, want := range map[string]string{"Content-Disposition": `attachment; filename="minh@example.net.xml"`, "Cache-Control": "no-store",
		"X-Content-Type-Options": "nosniff", "Content-Type": "application/xml; charset=utf-8"} {
		if got := resp.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for path, want := range map[string]int{"zoe@other.example": 404, "root@example.net": 403, "..%2Fminh@example.net": 422, "nobody@example.net": 404} {
		if resp := b.raw("GET", "/accounts/"+path+"/export", ""); resp.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, resp.Status, want)
		}
	}
	b.cookie = ""
	if resp := b.raw("GET", "/accounts/minh@example.net/export", ""); resp.StatusCode != 401 {
		t.Errorf("nobody: %s", resp.Status)
	}
}

// An import tells how far it is, and at last what came of it.
func TestImportTellsProgress(t *testing.T) {
	b := withPeople(t).enter("lan@example.net")
	var csv strings.Builder
	for _, name := range []string{"an", "binh", "chi", "dung", "em"} {
		csv.WriteString(name + "@example.net," + name + ",,secret-123\\n")
	}
	resp := b.raw("POST", "/accounts/import", `{"csv":"`+csv.String()+`"}`, "Content-Type", "application/json", "Accept", "application/x-ndjson")
	if kind := resp.Header.Get("Content-Type"); resp.StatusCode != 200 || kind != "application/x-ndjson" {
		t.Fatal(resp.Status, kind)
	}
	stages, created := stagesOf(t, resp.Body)
	if created != 5 || len(stages) < 3 || stages[0] != "checking" || stages[len(stages)-1] != "writing" {
		t.Errorf("%v created, %v", created, stages)
	}
	resp = b.raw("POST", "/accounts/import", `{"csv":"x@other.example,X,,secret-123"}`, "Content-Type", "application/json", "Accept", "application/x-ndjson")
	var l struct{ Problem map[string]any }
	last := ""
	for s := bufio.NewScanner(resp.Body); s.Scan(); {
		last = s.Text()
	}
	if err := json.Unmarshal([]byte(last), &l); err != nil || l.Problem["status"] != 422.0 || len(l.Problem["refused"].([]any)) != 1 {
		t.Errorf("refused: %s, %v", last, err)
	}
}

// stagesOf reads an answer in lines: the stages of its progress, in order, and how many the result has created.
func stagesOf(t *testing.T, lines io.Reader) (stages []string, created float64) {
	t.Helper()
	for s := bufio.NewScanner(lines); s.Scan(); {
		var l struct{ Progress, Result map[string]any }
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		if l.Progress != nil {
			stages = append(stages, l.Progress["stage"].(string))
		}
		if l.Result != nil {
			created, _ = l.Result["created"].(float64)
		}
	}
	return stages, created
}

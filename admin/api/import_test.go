package api

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"myna/admin"
)

// With HTTP/2 the server ends requests after its WriteTimeout, though nothing is to be written yet: not an import whose file still comes.
func TestImportTakesLong(t *testing.T) {
	a := &api{Options: Options{Admin: &admin.Admin{}, Log: slog.New(slog.DiscardHandler)}}
	a.Admin.Temp = t.TempDir()
	done := make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/import", func(w http.ResponseWriter, req *http.Request) {
		if err := a.importData(w, req, admin.CommandLine()); err != nil {
			a.refuse(w, "import", err)
		}
	})
	mux.HandleFunc("/other", func(http.ResponseWriter, *http.Request) { <-done })
	s := httptest.NewUnstartedServer(mux)
	s.EnableHTTP2 = true
	s.Config.WriteTimeout = 200 * time.Millisecond
	s.StartTLS()
	defer s.Close()
	defer close(done)

	body, file := io.Pipe()
	var sending sync.WaitGroup
	defer sending.Wait()
	sending.Go(func() {
		defer file.Close()
		if _, err := io.WriteString(file, "<a>"); err != nil {
			t.Error(err)
		}
		// Another request, which begins later, tells when the time is over.
		if resp, err := s.Client().Get(s.URL + "/other"); err == nil {
			resp.Body.Close()
			t.Error("a request may take any time")
		}
		if _, err := io.WriteString(file, "</a>"); err != nil {
			t.Error("the file is not taken any more: ", err)
		}
	})
	resp, err := s.Client().Post(s.URL+"/import", "application/xml", body)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.ProtoMajor != 2 || resp.StatusCode != 422 || !strings.Contains(string(b), "import-malformed") {
		t.Errorf("%s %s: %s %v", resp.Proto, resp.Status, b, err)
	}
}

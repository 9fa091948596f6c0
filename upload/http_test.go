package upload

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"

	"myna/config"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/storage/sqlite/sqlitetest"
	"myna/xmpp"
)

// shelf is a service with a store of its own, served over HTTP.
type shelf struct {
	*Service
	*httptest.Server
	now time.Time
}

func newShelf(t *testing.T) *shelf { return newShelfLogging(t, slog.New(slog.DiscardHandler)) }

func newShelfLogging(t *testing.T, log *slog.Logger) *shelf {
	t.Helper()
	dir := t.TempDir()
	store, err := sqlite.Open(t.Context(), sqlitetest.Fresh(t, filepath.Join(dir, "db")), sqlite.Options{Sync: sqlite.Off})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { store.Close() })
	files, err := OpenDir(filepath.Join(dir, "files"))
	if err != nil {
		t.Fatal(err)
	}
	s := &shelf{now: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}
	s.Service = New(Options{Store: store, Files: files, Config: config.NewOptions(DefaultConfig()), Logger: log,
		Now: func() time.Time { return s.now }, Domain: func(string) string { return "example.net" }})
	s.Server = httptest.NewServer(s.Handler())
	t.Cleanup(s.Server.Close)
	return s
}

func (s *shelf) slot(t *testing.T, name, typ string, size int64) string {
	t.Helper()
	owner, _ := xmpp.ParseJID("romeo@example.net")
	u := storage.Upload{ID: xmpp.NewID() + xmpp.NewID(), Owner: owner, Name: name, Type: typ, Size: size, Created: s.now}
	if err := s.reserve(t.Context(), u, "example.net"); err != nil {
		t.Fatal(err)
	}
	return s.URL + "/upload/" + u.ID + "/" + name
}

func (s *shelf) do(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(b)
}

func TestPutAndGet(t *testing.T) {
	s := newShelf(t)
	url := s.slot(t, "a.html", "text/html", 5)
	for _, step := range []struct {
		title, method, url, body string
		header                   []string
		status                   int
		want                     string
	}{
		{"not there yet", "GET", url, "", nil, 404, ""},
		{"wrong size", "PUT", url, "hell", nil, 413, ""},
		{"wrong type", "PUT", url, "hello", []string{"Content-Type", "image/png"}, 415, ""},
		{"wrong name", "PUT", url + "x", "hello", nil, 404, ""},
		{"stored", "PUT", url, "hello", []string{"Content-Type", "text/html; charset=utf-8"}, 201, ""},
		{"once only", "PUT", url, "HELLO", nil, 409, ""},
		{"read", "GET", url, "", nil, 200, "hello"},
		{"a part", "GET", url, "", []string{"Range", "bytes=1-2"}, 206, "el"},
		{"no such part", "GET", url, "", []string{"Range", "bytes=9-"}, 416, ""},
		{"head", "HEAD", url, "", nil, 200, ""},
		{"wrong name of a stored file", "GET", url + "x", "", nil, 404, ""},
		{"guess", "GET", s.URL + "/upload/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/a.html", "", nil, 404, ""},
		{"traversal", "GET", s.URL + "/upload/..%2f..%2fdb/x", "", nil, 404, ""},
		{"another method", "DELETE", url, "", nil, 405, ""},
		{"preflight", "OPTIONS", url, "", nil, 204, ""},
	} {
		resp, body := s.do(t, step.method, step.url, step.body, step.header...)
		if resp.StatusCode != step.status || step.want != "" && body != step.want {
			t.Errorf("%s: %d %q, want %d %q", step.title, resp.StatusCode, body, step.status, step.want)
		}
	}
}

func TestHeadersAreSafe(t *testing.T) {
	s := newShelf(t)
	for typ, inline := range map[string]bool{
		"image/png": true, "application/pdf": true, "audio/ogg": true, "video/mp4": true,
		"image/svg+xml": false, "image/x+xml": false, "video/xml": false, "text/html": false, "application/javascript": false, "": false,
	} {
		url := s.slot(t, "f.bin", typ, 1)
		s.do(t, "PUT", url, "x")
		resp, _ := s.do(t, "GET", url, "")
		if got := strings.HasPrefix(resp.Header.Get("Content-Disposition"), "inline"); got != inline {
			t.Errorf("%q: disposition %q", typ, resp.Header.Get("Content-Disposition"))
		}
		for name, want := range map[string]string{
			"X-Content-Type-Options":            "nosniff",
			"X-Permitted-Cross-Domain-Policies": "none",
			"Content-Security-Policy":           "default-src 'none'; frame-ancestors 'none'; sandbox",
			"Access-Control-Allow-Origin":       "*",
		} {
			if got := resp.Header.Get(name); got != want {
				t.Errorf("%q: %s is %q, want %q", typ, name, got, want)
			}
		}
	}
}

func TestSlotsEnd(t *testing.T) {
	s := newShelf(t)
	url := s.slot(t, "late.txt", "", 1)
	s.now = s.now.Add(slotTime + time.Second)
	if resp, _ := s.do(t, "PUT", url, "x"); resp.StatusCode != http.StatusGone {
		t.Errorf("a late file: %d", resp.StatusCode)
	}
	s.now = s.now.Add(time.Hour)
	if err := s.Expire(context.Background()); err != nil {
		t.Fatal(err)
	}
	if resp, _ := s.do(t, "PUT", url, "x"); resp.StatusCode != http.StatusNotFound {
		t.Errorf("a slot that was removed: %d", resp.StatusCode)
	}
}

func TestQuota(t *testing.T) {
	s := newShelf(t)
	s.Service.Config.All().DailyQuota = 10
	s.slot(t, "a", "", 6)
	owner, _ := xmpp.ParseJID("romeo@example.net")
	u := storage.Upload{ID: "x23456789", Owner: owner, Name: "b", Size: 5, Created: s.now}
	if err := s.reserve(t.Context(), u, "example.net"); err == nil {
		t.Error("more than the daily quota was given")
	}
	s.now = s.now.Add(day + time.Second)
	u.Created = s.now
	if err := s.reserve(t.Context(), u, "example.net"); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// Many small files are as bad as a large one; the error tells when there may be another (XEP-0363 § 6).
func TestDailyFiles(t *testing.T) {
	s := newShelf(t)
	s.Service.Config.All().DailyFiles = 3
	for i := range 3 {
		s.now = s.now.Add(time.Minute)
		s.slot(t, fmt.Sprint(i), "", 1)
	}
	owner, _ := xmpp.ParseJID("romeo@example.net")
	u := storage.Upload{ID: "x23456789", Owner: owner, Name: "b", Size: 1, Created: s.now}
	err := s.reserve(t.Context(), u, "example.net")
	e, _ := xmpp.ErrorElement(err)
	if text := string(e.Append(nil, "")); err == nil || !strings.Contains(text, `stamp="2026-01-03T03:05:05Z"`) || !strings.Contains(text, "3 files") {
		t.Errorf("one more: %s", text)
	}
	u.Created = time.Date(2026, 1, 3, 3, 5, 5, 0, time.UTC)
	if err := s.reserve(t.Context(), u, "example.net"); err != nil {
		t.Errorf("the next day: %v", err)
	}
}

// The files of a deleted account are removed from the disk, not only from the list.
func TestFilesGoWithTheAccount(t *testing.T) {
	s := newShelf(t)
	if err := s.Store.(storage.Store).CreateAccount(t.Context(), storage.Account{JID: owner(t)}, nil); err != nil {
		t.Fatal(err)
	}
	link := s.slot(t, "a.txt", "", 5)
	if resp, _ := s.do(t, "PUT", link, "hello"); resp.StatusCode != http.StatusCreated {
		t.Fatal(resp.Status)
	}
	id := strings.Split(pathOf(t, link), "/")[2]
	if err := s.Store.(storage.Store).DeleteAccount(t.Context(), owner(t)); err != nil {
		t.Fatal(err)
	}
	if err := s.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if f, err := s.Files.Open(id); err == nil {
		f.Close()
		t.Error("the file is still there")
	}
}

func TestFileName(t *testing.T) {
	for in, want := range map[string]string{
		"a.jpg": "a.jpg", "../../etc/passwd": "passwd", `C:\x\y.doc`: "y.doc", "très cool.jpg": "très cool.jpg",
		"a\x00b": "ab", strings.Repeat("ä", 300) + ".jpeg": strings.Repeat("ä", 125) + ".jpeg",
	} {
		if got, err := fileName(in); err != nil || got != want {
			t.Errorf("%q: %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"", ".", "..", "/", "\x01"} {
		if got, err := fileName(in); err == nil {
			t.Errorf("%q: accepted as %q", in, got)
		}
	}
}

// RFC 9110 § 15.5.12: a file in chunks does not tell its size beforehand, and is not taken; the slot stays good.
func TestChunked(t *testing.T) {
	s := newShelf(t)
	url := s.slot(t, "a.txt", "text/plain", 5)
	req, err := http.NewRequestWithContext(t.Context(), "PUT", url, io.MultiReader(strings.NewReader("hello")))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusLengthRequired {
		t.Errorf("got %s", res.Status)
	}
	if res, text := s.do(t, "PUT", url, "hello"); res.StatusCode != http.StatusCreated {
		t.Errorf("got %s: %s", res.Status, text)
	}
}

// A full disk is the server's (RFC 4918 § 11.5), not the file's, and one line a minute.
func TestFull(t *testing.T) {
	var log strings.Builder
	s := newShelfLogging(t, slog.New(slog.NewTextHandler(&log, nil)))
	fail := func(err error, lines int) {
		t.Helper()
		w := httptest.NewRecorder()
		s.failed(w, err)
		if n := strings.Count(log.String(), "upload failed"); w.Code != http.StatusInsufficientStorage || n != lines {
			t.Errorf("%v: got %d, and %d lines of %d", err, w.Code, n, lines)
		}
	}
	fail(&fs.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}, 1)
	fail(fmt.Errorf("store file: %w", syscall.EDQUOT), 1)
	s.now = s.now.Add(time.Minute)
	fail(fmt.Errorf("write: %w", storage.ErrFull), 2)
}

// A client that breaks off is no fault of ours: the log keeps quiet, nothing is left, and the slot may be tried again.
func TestBrokenOff(t *testing.T) {
	var log strings.Builder
	s := newShelfLogging(t, slog.New(slog.NewTextHandler(&log, nil)))
	link := s.slot(t, "a.txt", "", 5)
	for _, cause := range []error{io.ErrUnexpectedEOF, os.ErrDeadlineExceeded} {
		req := httptest.NewRequest("PUT", pathOf(t, link), io.MultiReader(strings.NewReader("he"), iotest.ErrReader(cause)))
		req.ContentLength = 5
		w := httptest.NewRecorder()
		if s.Handler().ServeHTTP(w, req); w.Code != http.StatusBadRequest {
			t.Errorf("%v: got %d: %s", cause, w.Code, w.Body)
		}
	}
	s.failed(httptest.NewRecorder(), fmt.Errorf("read upload: %w", context.Canceled))
	if log.Len() > 0 {
		t.Errorf("log: %s", &log)
	}
	if res, text := s.do(t, "PUT", link, "hello"); res.StatusCode != http.StatusCreated {
		t.Errorf("got %s: %s", res.Status, text)
	}
}

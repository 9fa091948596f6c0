package upload

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// stalled is a body that says that it is being read, and waits.
type stalled struct {
	reading chan struct{}
	rest    io.Reader
	text    chan string
}

func (b *stalled) Read(p []byte) (int, error) {
	if b.rest == nil {
		close(b.reading)
		b.rest = strings.NewReader(<-b.text)
	}
	return b.rest.Read(p)
}

// patient is an answer that notes the time it was given.
type patient struct {
	*httptest.ResponseRecorder
	read, write time.Time
}

func (p *patient) SetReadDeadline(t time.Time) error  { p.read = t; return nil }
func (p *patient) SetWriteDeadline(t time.Time) error { p.write = t; return nil }

func pathOf(t *testing.T, link string) string {
	t.Helper()
	u, err := url.Parse(link)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path
}

// A slot is filled by one request at a time, and counts against the quotas as long as that takes.
func TestSlotIsFilledOnce(t *testing.T) {
	s := newShelf(t)
	link := s.slot(t, "a.txt", "", 5)
	body := &stalled{reading: make(chan struct{}), text: make(chan string)}
	req := httptest.NewRequest("PUT", pathOf(t, link), body)
	req.ContentLength = 5
	answer, done := &patient{ResponseRecorder: httptest.NewRecorder()}, make(chan struct{})
	began := time.Now()
	go func() {
		defer close(done)
		s.Handler().ServeHTTP(answer, req)
	}()
	<-body.reading
	if resp, _ := s.do(t, "PUT", link, "HELLO"); resp.StatusCode != http.StatusConflict {
		t.Errorf("a second request for the slot: %d", resp.StatusCode)
	}
	s.now = s.now.Add(time.Hour)
	if err := s.Expire(t.Context()); err != nil {
		t.Fatal(err)
	}
	if total, _, err := s.Store.UploadUsage(t.Context(), owner(t), s.now); err != nil || total != 5 {
		t.Errorf("%d bytes count while a file comes in, %v", total, err)
	}
	body.text <- "hello"
	<-done
	if answer.Code != http.StatusCreated {
		t.Errorf("stored: %d", answer.Code)
	}
	if d := answer.read.Sub(began); d < moment || d > 2*moment || !answer.write.After(answer.read) {
		t.Errorf("the request could take %v, the answer until %v", d, answer.write)
	}
	if _, text := s.do(t, "GET", link, ""); text != "hello" {
		t.Errorf("the file is %q", text)
	}
}

// A file that comes in while its owner's account is deleted is not kept.
func TestSlotGoesWithTheAccount(t *testing.T) {
	s := newShelf(t)
	if err := s.Store.(storage.Store).CreateAccount(t.Context(), storage.Account{JID: owner(t)}, nil); err != nil {
		t.Fatal(err)
	}
	link := s.slot(t, "a.txt", "", 5)
	body := &stalled{reading: make(chan struct{}), text: make(chan string)}
	req := httptest.NewRequest("PUT", pathOf(t, link), body)
	req.ContentLength = 5
	answer, done := httptest.NewRecorder(), make(chan struct{})
	go func() {
		defer close(done)
		s.Handler().ServeHTTP(answer, req)
	}()
	<-body.reading
	if err := s.Store.(storage.Store).DeleteAccount(t.Context(), owner(t)); err != nil {
		t.Fatal(err)
	}
	body.text <- "hello"
	<-done
	if resp, _ := s.do(t, "GET", link, ""); answer.Code != http.StatusNotFound || resp.StatusCode != http.StatusNotFound {
		t.Errorf("stored with %d, read with %d", answer.Code, resp.StatusCode)
	}
}

func TestReadersHaveTheirTime(t *testing.T) {
	s := newShelf(t)
	link := s.slot(t, "a.txt", "", 1)
	s.do(t, "PUT", link, "x")
	answer, began := &patient{ResponseRecorder: httptest.NewRecorder()}, time.Now()
	s.Handler().ServeHTTP(answer, httptest.NewRequest("GET", pathOf(t, link), nil))
	if d := answer.write.Sub(began); answer.Code != http.StatusOK || d < moment || d > 3*moment {
		t.Errorf("%d, and the answer may take %v", answer.Code, d)
	}
}

func TestLeftoversGo(t *testing.T) {
	root := t.TempDir()
	if _, err := OpenDir(root); err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(root, "incoming", "AAAA-123")
	if err := os.WriteFile(left, []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDir(root); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !os.IsNotExist(err) {
		t.Errorf("what a dead process left is there: %v", err)
	}
}

func owner(t *testing.T) xmpp.JID {
	t.Helper()
	j, err := xmpp.ParseJID("romeo@example.net")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

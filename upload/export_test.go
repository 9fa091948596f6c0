package upload

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/xml"
	"io/fs"
	"os"
	"strings"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// exported is what an export says of a file.
type exported struct {
	Name string `xml:"name,attr"`
	Type string `xml:"type,attr"`
	Size int64  `xml:"size,attr"`
	URL  string `xml:"url,attr"`
	Data string `xml:",chardata"`
}

// An export lists the files of an account that are there, and has their bytes where that is wanted.
func TestExport(t *testing.T) {
	s := newShelf(t)
	s.Base = func(domain string) string { return "https://" + domain }
	romeo, _ := xmpp.ParseJID("romeo@example.net")
	var b bytes.Buffer
	if err := s.ExportFiles(t.Context(), romeo, &b, true); err != nil || b.Len() != 0 {
		t.Fatalf("nothing is %q, %v", b.String(), err)
	}
	want := strings.Repeat("hello\x00\xff<&", 10_000)
	url := s.slot(t, "Bản vẽ & 1.bin", "application/x-test", int64(len(want)))
	s.do(t, "PUT", strings.ReplaceAll(strings.ReplaceAll(url, " ", "%20"), "ả", "%E1%BA%A3"), want)
	s.slot(t, "never-filled.txt", "text/plain", 5)
	old := storage.Upload{ID: xmpp.NewID() + xmpp.NewID(), Owner: romeo, Name: "old.txt", Size: 1, Created: s.now, Stored: true, Expires: s.now.Add(-time.Hour)}
	if err := s.Store.PutUpload(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	for _, whole := range []bool{false, true} {
		b.Reset()
		if err := s.ExportFiles(t.Context(), romeo, &b, whole); err != nil {
			t.Fatal(err)
		}
		var x struct {
			Files []exported `xml:"urn:myna:uploads:0 file"`
		}
		if err := xml.Unmarshal(b.Bytes(), &x); err != nil || len(x.Files) != 1 {
			t.Fatalf("%s\n%v", b.String(), err)
		}
		f := x.Files[0]
		if f.Name != "Bản vẽ & 1.bin" || f.Type != "application/x-test" || f.Size != int64(len(want)) || !strings.HasPrefix(f.URL, "https://example.net/upload/") {
			t.Errorf("%+v", f)
		}
		data, err := base64.StdEncoding.DecodeString(f.Data)
		if got := string(data); err != nil || whole && got != want || !whole && got != "" {
			t.Errorf("whole %t: %d bytes, %v", whole, len(got), err)
		}
	}
}

// The files of a deleted account are removed when the account is.
func TestForgotten(t *testing.T) {
	s := newShelf(t)
	romeo, _ := xmpp.ParseJID("romeo@example.net")
	store := s.Store.(interface {
		CreateAccount(context.Context, storage.Account, []storage.Credential) error
		DeleteAccount(context.Context, xmpp.JID) error
	})
	if err := store.CreateAccount(t.Context(), storage.Account{JID: romeo, Created: s.now}, nil); err != nil {
		t.Fatal(err)
	}
	url := s.slot(t, "a.txt", "text/plain", 5)
	s.do(t, "PUT", url, "hello")
	id := strings.Split(url, "/")[4]
	ctx, cancel := context.WithCancel(t.Context())
	swept := make(chan struct{})
	go func() { defer close(swept); s.Sweep(ctx) }()
	defer func() { cancel(); <-swept }()
	if err := store.DeleteAccount(t.Context(), romeo); err != nil {
		t.Fatal(err)
	}
	s.Forgotten(romeo)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); ; <-tick.C {
		if _, err := os.Stat(s.Files.path(id)); os.IsNotExist(err) {
			break
		} else if err != nil && !os.IsNotExist(err) || time.Now().After(end) {
			t.Fatalf("the file is still there: %v", err)
		}
	}
	if _, err := s.Files.Open(id); !os.IsNotExist(err) {
		t.Errorf("%v, want %v", err, fs.ErrNotExist)
	}
}

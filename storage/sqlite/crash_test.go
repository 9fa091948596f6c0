package sqlite_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// crashFile tells the test binary that it is the process to be killed: it names the database.
const crashFile = "MYNA_CRASH_DATABASE"

// crashOwner has the archive that the process writes.
func crashOwner(t *testing.T) xmpp.JID {
	j, err := xmpp.ParseJID("lan@example.com")
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// TestCrashChild is the process that is killed: it appends until then and says what was acknowledged.
func TestCrashChild(t *testing.T) {
	path := os.Getenv(crashFile)
	if path == "" {
		t.Skip("only runs as the child of TestCrash")
	}
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{IndexAfter: 100}) // it is killed while it indexes, too
	if err != nil {
		t.Fatal(err)
	}
	owner := crashOwner(t)
	var mu sync.Mutex // keeps lines whole
	var wg sync.WaitGroup
	for p := range 8 {
		wg.Go(func() {
			for i := 0; ; i++ {
				text := fmt.Sprintf("%d-%d-%d", os.Getpid(), p, i)
				e := storage.Entry{Owner: owner, Kind: "chat", Stanza: []byte(text)}
				ids, err := s.Append(t.Context(), e, e)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				fmt.Println("ack", text, ids[0], ids[1])
				mu.Unlock()
				if i%16 == 0 { // other writes share the transactions
					err = s.PutDoc(t.Context(), owner, "crash", fmt.Sprint(p), []byte(text))
				}
				if err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// TestCrash kills a process while it appends and looks for all that was acknowledged.
func TestCrash(t *testing.T) {
	path := filepath.Join(t.TempDir(), "myna.db")
	acked := map[int64]string{}
	for range 3 {
		crash(t, path, acked, 400)
		verify(t, path, acked)
	}
}

// crash runs the child until it has acknowledged some stanzas, kills it and notes all it has said.
func crash(t *testing.T, path string, acked map[int64]string, enough int) {
	child := exec.Command(os.Args[0], "-test.run=^TestCrashChild$")
	child.Env = append(os.Environ(), crashFile+"="+path)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	n := 0
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var text string
		var ids [2]int64
		if _, err := fmt.Sscanf(lines.Text(), "ack %s %d %d", &text, &ids[0], &ids[1]); err != nil {
			continue // what the testing package says, or the line in which it was killed
		}
		acked[ids[0]], acked[ids[1]] = text, text
		if n++; n == enough {
			if err := child.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := child.Wait(); err == nil || n < enough {
		t.Fatalf("the child ended by itself after %d stanzas: %v", n, err)
	}
}

// verify finds every acknowledged stanza once under its id, and both rows of a request or none.
func verify(t *testing.T, path string, acked map[int64]string) {
	s, err := sqlite.Open(t.Context(), path, sqlite.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	list, _, err := s.Query(t.Context(), storage.Query{Owner: crashOwner(t), Max: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	times, last, found := map[string]int{}, int64(0), 0
	for _, r := range list {
		if r.ID <= last {
			t.Fatalf("id %d after %d", r.ID, last)
		}
		last = r.ID
		times[string(r.Stanza)]++
		if text, ok := acked[r.ID]; ok {
			found++
			if text != string(r.Stanza) {
				t.Errorf("id %d has %q, acknowledged was %q", r.ID, r.Stanza, text)
			}
		}
	}
	if found != len(acked) {
		t.Errorf("%d stanzas of %d acknowledged are there", found, len(acked))
	}
	for text, n := range times {
		if n != 2 {
			t.Errorf("%s is there %d times", text, n)
		}
	}
}

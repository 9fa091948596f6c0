package admin

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/pie"
)

// serveSocket serves a fixture's operations until the test ends.
func serveSocket(t *testing.T, f *fixture, c Commands) string {
	t.Helper()
	socket := filepath.Join(t.TempDir(), "run", "s")
	l, err := Listen(socket)
	if err != nil {
		t.Fatal(err)
	}
	srv := &http.Server{Handler: SocketHandler(f.Admin, CommandLine(), c, f.Log)}
	ended := make(chan error, 1)
	go func() { ended <- srv.Serve(l) }()
	t.Cleanup(func() {
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
		<-ended
	})
	return socket
}

func TestSocket(t *testing.T) {
	f := newFixture(t)
	socket := serveSocket(t, f, Commands{})
	if info, err := os.Stat(socket); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("socket %v, %v", info.Mode(), err)
	}
	c, err := Dial(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var seen []Progress
	var out Imported
	req := ImportAccounts{CSV: "lan@example.com,,,x\nminh@example.com,,,x\n"}
	if err := c.Call(t.Context(), "account.import", req, &out, func(p Progress) { seen = append(seen, p) }); err != nil || out.Created != 2 {
		t.Fatalf("import %+v, %v", out, err)
	}
	if want := (Progress{"writing", 2, 2}); len(seen) != 4 || seen[3] != want || seen[2] != (Progress{"hashing passwords", 2, 2}) {
		t.Errorf("progress %+v", seen)
	}
	var list []Account
	if err := c.Call(t.Context(), "account.list", ListAccounts{}, &list, nil); err != nil || len(list) != 2 {
		t.Errorf("list %+v, %v", list, err)
	}
	for op, kind := range map[string]Kind{"account.show": NotFound, "account.create": Conflict} {
		err := c.Call(t.Context(), op, map[string]any{"address": map[string]string{"account.show": "x@example.com", "account.create": "lan@example.com"}[op]}, new(any), nil)
		var e *Error
		if op == "account.create" {
			err = c.Call(t.Context(), op, CreateAccount{Address: "lan@example.com", Generate: true}, new(any), nil)
		}
		if !errors.As(err, &e) || e.Kind != kind {
			t.Errorf("%s: %v, want %s", op, err, kind)
		}
	}
	if err := c.Call(t.Context(), "account.import", ImportAccounts{}, &out, nil); err == nil || !strings.Contains(err.Error(), "no accounts") {
		t.Errorf("error at the end of a stream: %v", err)
	}
	if err := c.Call(t.Context(), "account.fly", Nothing{}, new(any), nil); err == nil || !strings.Contains(err.Error(), "another version") {
		t.Errorf("unknown operation: %v", err)
	}
}

// keeper is a module whose part of an export is cut.
type keeper struct{ text string }

func (k keeper) Export(_ context.Context, _ xmpp.JID, w io.Writer) error {
	if _, err := io.WriteString(w, k.text); err != nil || k.text != "" {
		return err
	}
	return errors.New("disk on fire")
}

// Import takes the text of the keeper, and nothing else.
func (k keeper) Import(_ xmpp.JID, _ bool, tell pie.Ledger) pie.Intake { return taker{k, tell} }

type taker struct {
	keeper
	tell pie.Ledger
}

func (k taker) Take(_ context.Context, e *xmpp.Element) (bool, error) {
	if k.text != string(e.Append(nil, "")) {
		return false, nil
	}
	k.tell("tests", pie.Added, "")
	return true, nil
}

func (taker) End(context.Context) error { return nil }

// An account goes as a file through the socket, whole or with an error.
func TestSocketExport(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	c, err := Dial(serveSocket(t, f, Commands{}))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var b strings.Builder
	f.Kept = []Kept{keeper{`<x xmlns="urn:test"/>`}}
	if err := c.Export(t.Context(), ExportData{Address: "lan@example.com"}, &b); err != nil || !strings.Contains(b.String(), `<x xmlns="urn:test"/>`) || !strings.HasSuffix(b.String(), "</server-data>\n") {
		t.Errorf("export %s, %v", b.String(), err)
	}
	var e *Error
	if err := c.Export(t.Context(), ExportData{Address: "minh@example.com"}, io.Discard); !errors.As(err, &e) || e.Kind != NotFound {
		t.Errorf("nobody: %v", err)
	}
	f.Kept = []Kept{keeper{}}
	if err := c.Export(t.Context(), ExportData{Address: "lan@example.com"}, io.Discard); err == nil {
		t.Error("a file that is cut is told to be whole")
	}
}

func TestReload(t *testing.T) {
	f := newFixture(t)
	fail := errors.New("myna.toml:3: unknown key")
	answers := []error{fail, nil}
	socket := serveSocket(t, f, Commands{Reload: func(context.Context) ([]string, error) {
		err := answers[0]
		answers = answers[1:]
		return []string{"log.level"}, err
	}})
	c, err := Dial(socket)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Reload(t.Context()); err == nil || err.Error() != "nothing was changed: myna.toml:3: unknown key" {
		t.Errorf("failing reload: %v", err)
	}
	if changed, err := c.Reload(t.Context()); err != nil || len(changed) != 1 {
		t.Errorf("reload %q, %v", changed, err)
	}
}

func TestListenReplacesDeadSocketOnly(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	if _, err := Dial(socket); !errors.Is(err, ErrNotRunning) {
		t.Errorf("no socket: %v", err)
	}
	if _, err := Listen("/" + strings.Repeat("x", 200)); err == nil || !strings.Contains(err.Error(), "shorter path") {
		t.Errorf("long name: %v", err)
	}
	dead, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	dead.SetUnlinkOnClose(false)
	if err := dead.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := Dial(socket); !errors.Is(err, ErrNotRunning) {
		t.Errorf("dead socket: %v", err)
	}
	l, err := Listen(socket)
	if err != nil {
		t.Fatalf("a dead server's socket is in the way: %v", err)
	}
	if _, err := Listen(socket); err == nil || !strings.Contains(err.Error(), "a server runs already") {
		t.Errorf("second server: %v", err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(socket); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the socket stays: %v", err)
	}
}

// Machines get lists where there is nothing, never null.
func TestEmptyListsAreLists(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com")
	must[Alias](f, "alias.create", CreateAlias{Address: "all@example.com", AliasFields: AliasFields{Everyone: true}})
	for operation, request := range map[string]any{
		"status": Nothing{}, "account.list": ListAccounts{}, "account.show": Identified{"lan@example.com"}, "account.sessions": Identified{"lan@example.com"},
		"account.holdings": Identified{"lan@example.com"}, "alias.list": ListAliases{}, "alias.show": Identified{"all@example.com"},
		"group.list": ListRooms{}, "room.list": ListRooms{}, "audit.list": ListAudit{Domain: "other.example"},
		"account.import": ImportAccounts{CSV: "minh@example.com,,,x\n"},
	} {
		body, err := json.Marshal(request)
		if err != nil {
			t.Fatal(err)
		}
		result, err := f.Do(t.Context(), CommandLine(), operation, body, func(Progress) {})
		if err != nil {
			t.Fatalf("%s: %v", operation, err)
		}
		if text, err := json.Marshal(result); err != nil || strings.Contains(string(text), "null") {
			t.Errorf("%s: %s, %v", operation, text, err)
		}
	}
}

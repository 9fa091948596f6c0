package server

import (
	"context"
	"io"
	"log/slog"
	"path/filepath"
	"reflect"
	"strings"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/storage/sqlite"
)

// StartOn starts on a store that is open.
func StartOn(ctx context.Context, cfg *config.Config, store storage.Store, log *slog.Logger) (*Server, error) {
	return startOn(ctx, cfg, store, log, nil)
}

// Row is a row of the module table, for tests.
type Row struct {
	Name   string
	Folder string // of the module's package, from the root of the tree
	Acts   bool   // it takes part in the flow: it registers more than the protocols it speaks
}

// Rows lists the module table, with what each row has built over an empty database in dir.
func Rows(ctx context.Context, dir string) ([]Row, error) {
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir = []string{"example.com"}, dir
	log := slog.New(slog.NewTextHandler(io.Discard, nil))
	store, err := sqlite.Open(ctx, filepath.Join(dir, "myna.db"), sqlite.Options{Sync: sqlite.Off, Log: log})
	if err != nil {
		return nil, err
	}
	defer store.Close()
	run, cancel := context.WithCancel(ctx)
	defer cancel()
	p := &parts{ctx: run, cfg: cfg, log: log, store: store, registry: hook.NewRegistry()}
	var rows []Row
	for _, r := range modules() {
		p.options = r.options
		m, err := r.build(p)
		if err != nil {
			return nil, err
		}
		p.registry.Add(r.name, m)
		rows = append(rows, Row{Name: r.name, Folder: folder(m), Acts: acts(r.name, m)})
	}
	cancel()
	for _, f := range p.closers {
		f()
	}
	return rows, nil
}

// folder is where the module's type is declared; the row of the accounts is a function, and their folder is account.
func folder(m hook.Module) string {
	if _, ok := m.(registered); ok {
		return "account"
	}
	t := reflect.TypeOf(m)
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	return strings.TrimPrefix(t.PkgPath(), "myna/")
}

// acts tells whether the listing of what the module registers has more than protocols in it.
func acts(name string, m hook.Module) bool {
	var b strings.Builder
	alone := hook.NewRegistry()
	alone.Add(name, m)
	if _, err := alone.WriteTo(&b); err != nil {
		return true
	}
	for line := range strings.Lines(b.String()) {
		if f := strings.Fields(line); len(f) > 1 && f[1] != "protocol" {
			return true
		}
	}
	return false
}

// Jump is jump.
var Jump = jump

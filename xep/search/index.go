package search

import (
	"iter"
	"strings"
	"sync"

	"myna/storage"
	"myna/xmpp/fold"
)

// Directory is the accounts of a domain at one moment. Equal values mean that nothing has changed.
type Directory interface {
	All() iter.Seq[storage.Account]
}

// index is a directory made ready for searching.
type index struct {
	of   Directory
	rows []row
}

// row is an account with its folded texts.
type row struct {
	account                         storage.Account
	name, address, department, text string
}

// indexes keeps one for each domain.
type indexes struct {
	mu sync.Mutex
	m  map[string]*index // guarded by mu; the values never change
}

// of returns the index of a directory, which it makes anew only after a change.
func (x *indexes) of(domain string, d Directory) *index {
	x.mu.Lock()
	ix := x.m[domain]
	x.mu.Unlock()
	if ix != nil && ix.of == d {
		return ix
	}
	ix = &index{of: d}
	for a := range d.All() {
		if a.Disabled || a.ChatOff { // nobody can talk to them
			continue
		}
		r := row{account: a, name: fold.Text(display(a)), address: fold.Text(a.JID.String()), department: fold.Text(a.Department)}
		r.text = r.name + "\n" + fold.Text(a.JID.Local()) + "\n" + r.department
		ix.rows = append(ix.rows, r)
	}
	x.mu.Lock()
	x.m[domain] = ix
	x.mu.Unlock()
	return ix
}

func (r *row) matches(q query) bool {
	return holds(r.text, q.any) && holds(r.name, q.name) && holds(r.address, q.address) && holds(r.department, q.department)
}

// holds tells whether a text has all words, each perhaps inside of another.
func holds(text string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(text, w) {
			return false
		}
	}
	return true
}

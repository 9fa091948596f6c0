package muc

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Versions are the same whether they follow each change or are made anew, and from each version that was given out to now
// leads what has changed (XEP-0463 § 5.2).
func TestVersionsFollow(t *testing.T) {
	w := newWorld(t, nil)
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	r.secret, r.conf = []byte("secret"), defaultSettings()
	const all, members = view(1 | 4 | 8 | 16), view(4 | 8 | 16)
	rnd := rand.New(rand.NewPCG(1, 2))
	type state struct {
		version string
		affs    map[string]string
	}
	now := func(v view) state {
		s := state{r.version(v), map[string]string{}}
		for j, st := range r.affs {
			if a := v.shown(st.aff); a != None {
				s.affs[j.String()] = a.String()
			}
		}
		return s
	}
	for _, v := range [...]view{all, members} {
		seen := []state{now(v)}
		for range 100 {
			j := w.jid(fmt.Sprintf("u%d@example.net", rnd.IntN(12)))
			r.turnTo(j, standing{aff: Affiliation(rnd.IntN(5) - 1)})
			seen = append(seen, now(v))
		}
		last, turns := seen[len(seen)-1], r.ledger
		r.ledger = ledger{}
		if got := r.version(v); got != last.version {
			t.Errorf("view %b: made anew the version is %s, not %s", v, got, last.version)
		}
		r.ledger = turns
		for i, s := range seen {
			items, ok := r.changedSince(v, s.version)
			if !ok && s.version != last.version {
				t.Fatalf("view %b: version %d is not known", v, i)
			}
			for _, it := range items {
				if s.affs[it.Attr("jid")] = it.Attr("affiliation"); it.Attr("affiliation") == "none" {
					delete(s.affs, it.Attr("jid"))
				}
			}
			if fmt.Sprint(s.affs) != fmt.Sprint(last.affs) {
				t.Errorf("view %b: from version %d: %v, want %v", v, i, s.affs, last.affs)
			}
		}
	}
}

// A long list comes in parts that hang together; whoever has too old a version gets everything.
func TestVersionsInParts(t *testing.T) {
	w := newWorld(t, nil)
	r := newRoom(w.service, w.jid("den@groups.example.net"))
	r.secret, r.conf = []byte("secret"), defaultSettings()
	const v = view(4 | 8 | 16)
	old := r.version(v)
	for i := range 2*maxItemsOf + 1 {
		r.turnTo(w.jid(fmt.Sprintf("u%d@example.net", i)), standing{aff: Member})
	}
	if len(r.ledger.turns) != maxTurns {
		t.Errorf("%d changes are remembered", len(r.ledger.turns))
	}
	frames := r.catchUp(v, old)
	if len(frames) != 3 {
		t.Fatalf("%d parts", len(frames))
	}
	before, items := "", 0
	for i := range frames {
		e, err := xmpp.ParseElement(frames[i].Append(nil, ""), ns.Client)
		if err != nil {
			t.Fatal(err)
		}
		x := e.Child(ns.MUCUser, "x")
		m := x.Child(nsVersions, "mav")
		if m.Attr("since") != before {
			t.Errorf("part %d is since %q, not %q", i, m.Attr("since"), before)
		}
		before = m.Attr("until")
		items += strings.Count(string(frames[i].Append(nil, "")), "<item ")
	}
	if before != r.version(v) || items != 2*maxItemsOf+1 {
		t.Errorf("%d items until %s", items, before)
	}
	if frames = r.catchUp(v, r.version(v)+".1"); len(frames) != 3 {
		t.Errorf("from a part: %d frames", len(frames))
	}
	if frames = r.catchUp(v, r.version(v)); frames != nil {
		t.Errorf("from the current version: %d frames", len(frames))
	}
}

package groups

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/storage"
)

// TestUndeleteAtAnyPoint: an alias is deleted and comes back, and whatever write fails on the way, before or after it is done:
// the room has its address again, and everybody is a member since he or she was one before.
func TestUndeleteAtAnyPoint(t *testing.T) {
	writes := 0
	for late := range 2 {
		for n := 0; ; n++ {
			w := newTown(t, uint64(n))
			began := w.now
			al := storage.Alias{JID: jid("sales@example.com"), GroupChat: true, Created: w.now.UTC(), History: "join", Targets: []string{"an@example.com"}}
			w.save(al)
			w.settle()
			w.now = w.now.Add(time.Hour)
			al.Targets = append(al.Targets, "ba@example.com")
			w.save(al)
			w.settle()
			w.now = w.now.Add(time.Hour)
			w.store.left, w.store.late = n, late == 1
			for _, deleted := range []time.Time{w.now.UTC(), {}} {
				al.Deleted = deleted
				w.save(al)
				w.service.pass(w.ctx)
			}
			broken := w.store.left < 0
			w.store.left = -1
			w.die()
			w.live()
			w.settle()
			if got, err := w.store.Alias(w.ctx, al.JID); err != nil || got.Room != jid("sales@groups.example.com") {
				t.Fatalf("write %d: the room is %s, %v", n, got.Room, err)
			}
			w.memberSince(n, map[string]time.Time{"an": began, "ba": began.Add(time.Hour)})
			if left, err := w.store.ListDocs(w.ctx, jid("sales@groups.example.com"), spaceFormer); err != nil || len(left) != 0 {
				t.Errorf("write %d: what the room was is still noted: %d documents, %v", n, len(left), err)
			}
			if !broken {
				break
			}
			writes++
		}
	}
	if writes < 10 {
		t.Errorf("only %d writes failed: the test proves nothing", writes)
	}
}

func (w *town) save(al storage.Alias) {
	w.Helper()
	w.check(w.store.PutAlias(context.Background(), al))
}

// settle lets the reconciler do all that there is.
func (w *town) settle() {
	w.Helper()
	for range 3 {
		if _, ok := w.service.pass(w.ctx); !ok {
			w.Fatal("not up to date although nothing fails")
		}
	}
}

func (w *town) memberSince(n int, want map[string]time.Time) {
	w.Helper()
	affs, err := w.store.Rooms().Affiliations(w.ctx, jid("sales@groups.example.com"))
	w.check(err)
	got := map[string]string{}
	for _, a := range affs {
		if a.JID.Local() != "" {
			got[a.JID.Local()] = a.Since.UTC().Format(time.DateTime)
		}
	}
	text := map[string]string{}
	for who, at := range want {
		text[who] = at.UTC().Format(time.DateTime)
	}
	if fmt.Sprint(got) != fmt.Sprint(text) {
		w.Errorf("write %d: members since %v, want %v", n, got, text)
	}
}

// TestPolicyAtAnyPoint: somebody leaves a group for good, which then becomes one that nobody can leave. Whatever write fails on
// the way: he is out, then in again, and when he may leave once more, he has not.
func TestPolicyAtAnyPoint(t *testing.T) {
	room, seen := jid("sales@groups.example.com"), map[string]bool{}
	for late := range 2 {
		for n := 0; ; n++ {
			w := newTown(t, uint64(n))
			al := storage.Alias{
				JID: jid("sales@example.com"), GroupChat: true, Created: w.now.UTC(), Membership: mayLeave,
				Targets: []string{"an@example.com", "ba@example.com"},
			}
			w.save(al)
			w.settle()
			w.store.left, w.store.late = n, late == 1
			if err := w.service.Leave(w.ctx, jid("an@example.com"), room); err != nil && n > 0 {
				t.Fatal(err)
			} else if err == nil {
				w.service.pass(w.ctx)
				w.members("after leaving", n, w.store.left >= 0, "ba")
			}
			al.Membership = "mandatory"
			w.save(al)
			w.service.pass(w.ctx)
			broken := w.store.left < 0
			w.store.left = -1
			w.die()
			w.live()
			w.settle()
			w.members("mandatory", n, true, "an ba")
			al.Membership = mayLeave
			w.save(al)
			w.settle()
			w.members("not mandatory any more", n, true, "an ba")
			for name := range w.store.seen {
				seen[name] = true
			}
			if !broken {
				break
			}
		}
	}
	for _, name := range []string{"PutDocs " + spaceLeft, "PutDocs " + spaceMembers, "SetAffiliations", "PutRoom", "ClearDirty"} {
		if !seen[name] {
			t.Errorf("%s has never failed: the test proves nothing about it", name)
		}
	}
}

// members checks who is in the room, if the server has had the time for that.
func (w *town) members(when string, n int, ready bool, want string) {
	w.Helper()
	affs, err := w.store.Rooms().Affiliations(w.ctx, jid("sales@groups.example.com"))
	w.check(err)
	var got []string
	for _, a := range affs {
		if a.JID.Local() != "" {
			got = append(got, a.JID.Local())
		}
	}
	if ready && strings.Join(got, " ") != want {
		w.Errorf("write %d, %s: the members are %q, want %s", n, when, got, want)
	}
}

// Who has the address of a former member when a group comes back was no member before (XEP-0313 § 5.1.2).
func TestFormerAddress(t *testing.T) {
	w := newTown(t, 1)
	al := storage.Alias{JID: jid("sales@example.com"), GroupChat: true, Created: w.now.UTC(), History: "join", Targets: []string{"an@example.com", "ba@example.com"}}
	began := w.now
	w.save(al)
	w.settle()
	al.GroupChat = false
	w.save(al)
	w.settle()
	w.now = w.now.Add(time.Hour)
	w.folk = slices.Clone(w.folk)
	for i := range w.folk {
		if w.folk[i].JID == jid("ba@example.com") {
			w.folk[i].Created = w.now.UTC()
		}
	}
	al.GroupChat = true
	w.save(al)
	w.settle()
	w.memberSince(0, map[string]time.Time{"an": began, "ba": w.now})
}

// What an administrator restores while the reconciler is about to remove it for good is not removed.
func TestRestoredInTime(t *testing.T) {
	w := newTown(t, 1)
	al := storage.Alias{JID: jid("sales@example.com"), GroupChat: true, Created: w.now.UTC(), Targets: []string{"an@example.com"}}
	w.save(al)
	w.settle()
	seen, err := w.store.Alias(w.ctx, al.JID)
	w.check(err)
	if _, err := w.store.Append(w.ctx, storage.Entry{Owner: seen.Room, Peer: seen.Room, Stanza: []byte(`<message><body>old</body></message>`)}); err != nil {
		t.Fatal(err)
	}
	seen.Deleted = w.now.Add(-2 * undelete).UTC() // as the pass has read it
	w.check(w.service.purge(w.ctx, &seen))
	if _, err := w.store.Alias(w.ctx, al.JID); err != nil {
		t.Errorf("the alias: %v", err)
	}
	if _, _, err := w.store.Bounds(w.ctx, seen.Room); err != nil {
		t.Errorf("what was said: %v", err)
	}
}

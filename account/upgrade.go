package account

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"

	"myna/storage"
	"myna/xmpp"
)

// ErrCredentials is what verifiers fail with that somebody cannot sign in with.
var ErrCredentials = errors.New("not verifiers of a password")

// taskPrefix begins the names of the tasks by which a client makes verifiers for further mechanisms (XEP-0480 § 2.1).
const taskPrefix = "UPGR-"

// imported are accounts whose verifiers came from elsewhere and are not of all mechanisms: those that they have, by their
// bare address. It is replaced whole, under Service.change.
type imported map[xmpp.JID][]string

// checkImported looks at verifiers that were made elsewhere.
func checkImported(creds []storage.Credential) error {
	if len(creds) == 0 {
		return fmt.Errorf("%w: none", ErrCredentials)
	}
	seen := map[string]bool{}
	for _, c := range creds {
		if seen[c.Mechanism] || !slices.ContainsFunc(scramHashes[:], func(h scramHash) bool { return h.usable(c) }) {
			return fmt.Errorf("%w: %s", ErrCredentials, c.Mechanism)
		}
		seen[c.Mechanism] = true
	}
	return nil
}

// loadImported finds the accounts that lack verifiers.
func (s *Service) loadImported(ctx context.Context) error {
	few, err := s.store.FewCredentials(ctx, len(scramHashes))
	if err != nil {
		return err
	}
	all := imported(few)
	s.imported.Store(&all)
	return nil
}

// setImported notes what verifiers an account has now. The caller holds change.
func (s *Service) setImported(j xmpp.JID, creds []storage.Credential) {
	s.noteHashes()
	old := *s.imported.Load()
	if _, known := old[j]; !known && (len(creds) == 0 || len(creds) == len(scramHashes)) {
		return
	}
	all := maps.Clone(old)
	delete(all, j)
	if len(creds) > 0 && len(creds) < len(scramHashes) {
		for _, c := range creds {
			all[j] = append(all[j], c.Mechanism)
		}
	}
	s.imported.Store(&all)
}

// knows tells whether an account can sign in with a hash, as far as that is known; names without an account can with all.
func (s *Service) knows(j xmpp.JID, hash string) bool {
	names, few := (*s.imported.Load())[j.Bare()]
	return !few || slices.Contains(names, hash)
}

// Upgrades lists the tasks that a client of a domain may be asked for (XEP-0480 § 2.1): none where nobody lacks anything. It
// does not depend on who the client is, so it tells nothing of an account.
func (s *Service) Upgrades(domain string) []string {
	var tasks []string
	for _, h := range scramHashes {
		for j, names := range *s.imported.Load() {
			if j.Domain() == domain && !slices.Contains(names, h.name) {
				tasks = append(tasks, taskPrefix+h.name)
				break
			}
		}
	}
	return tasks
}

// Task is a verifier that a client is asked to make: the salted password of RFC 5802 § 3 for the salt and the count.
type Task struct {
	Salt       []byte
	Iterations int
	hash       scramHash
}

// Task begins a task for who has signed in with a password and lacks what it makes. ok is false where there is nothing to be done.
func (x *Exchange) Task(name string) (t Task, ok bool) {
	who := x.JID()
	// XEP-0484 § 4.2: nothing is asked of who has a token. Nor of who has an app password: it is not what is missing.
	if who.IsZero() || x.proved.StoredKey == nil || x.proved.App != "" {
		return t, false
	}
	for _, h := range scramHashes {
		if taskPrefix+h.name == name {
			return x.lacks(h)
		}
	}
	return t, false
}

func (x *Exchange) lacks(h scramHash) (t Task, ok bool) {
	if x.service.knows(x.who, h.name) {
		return t, false
	}
	t = Task{Salt: make([]byte, saltSize), Iterations: x.service.cfg.Of(x.Domain).Iterations, hash: h}
	rand.Read(t.Salt) // never fails (crypto/rand)
	for _, c := range x.spare {
		if h.usable(c) { // app passwords have verifiers already, and one salt is for all
			t.Salt, t.Iterations = c.Salt, c.Iterations
		}
	}
	return t, true
}

// Finish ends a task with what the client has made. It is kept if the password that the client has proved still is the
// account's. The error is a *Failure.
func (x *Exchange) Finish(ctx context.Context, t Task, salted []byte) error {
	if len(salted) != t.hash.size {
		return malformed("a salted password of another length")
	}
	return x.service.addCredentials(ctx, x.JID(), x.proved, t.hash.verifier(salted, t.Salt, t.Iterations))
}

func (s *Service) addCredentials(ctx context.Context, j xmpp.JID, proved storage.Credential, added ...storage.Credential) error {
	s.change.Lock()
	defer s.change.Unlock()
	all, err := s.store.Verifiers(ctx, j)
	if err == nil && clash(all, added) { // an app password was made meanwhile
		return fail(TemporaryAuthFailure, "")
	}
	if err == nil {
		err = s.store.AddCredentials(ctx, j, proved, added)
	}
	if err == nil {
		all, err = s.store.Credentials(ctx, j)
	}
	switch {
	case err == nil:
		s.setImported(j, all)
		return nil
	case errors.Is(err, storage.ErrConflict), errors.Is(err, storage.ErrNotFound): // changed or deleted a moment ago
		return notAuthorized()
	}
	s.log.Error("verifiers not kept", "account", j.String(), "error", err)
	return fail(TemporaryAuthFailure, "")
}

// clash tells whether a verifier that is to be added has not the salt and count that those of app passwords have.
func clash(all, added []storage.Credential) bool {
	return slices.ContainsFunc(added, func(c storage.Credential) bool {
		return slices.ContainsFunc(all, func(k storage.Credential) bool { return k.App != "" && k.Mechanism == c.Mechanism && !sameSalt(k, c) })
	})
}

func sameSalt(a, b storage.Credential) bool {
	return a.Iterations == b.Iterations && bytes.Equal(a.Salt, b.Salt)
}

// complete makes what an account lacks of a password that it has handed over itself.
func (x *Exchange) complete(password string) {
	who := x.who
	prepared, err := prepare(password)
	if err != nil {
		return
	}
	var added []storage.Credential
	for _, h := range scramHashes {
		t, ok := x.lacks(h)
		if !ok {
			continue
		}
		c, err := h.credential(prepared, t.Salt, t.Iterations)
		if err != nil {
			return
		}
		added = append(added, c)
	}
	if len(added) > 0 {
		_ = x.service.addCredentials(x.ctx, who, x.proved, added...) // it is logged, and tried again next time
	}
}

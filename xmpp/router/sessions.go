package router

import (
	"hash/maphash"
	"sync"

	"myna/hook"
	"myna/xmpp"
)

// sessions is the table of this node's sessions: bare address → sessions. The slices are never changed, only
// replaced, so readers keep them without the lock.
type sessions struct {
	seed   maphash.Seed
	shards [64]shard
}

type shard struct {
	mu sync.RWMutex
	m  map[xmpp.JID][]hook.Session // guarded by mu
}

func (t *sessions) start() {
	t.seed = maphash.MakeSeed()
	for i := range t.shards {
		t.shards[i].m = map[xmpp.JID][]hook.Session{}
	}
}

func (t *sessions) shard(bare xmpp.JID) *shard {
	return &t.shards[maphash.String(t.seed, bare.String())%uint64(len(t.shards))]
}

func (t *sessions) of(bare xmpp.JID) []hook.Session {
	sh := t.shard(bare)
	sh.mu.RLock()
	defer sh.mu.RUnlock()
	return sh.m[bare]
}

func (t *sessions) find(full xmpp.JID) hook.Session {
	if full.IsBare() {
		return nil
	}
	for _, s := range t.of(full.Bare()) {
		if s.JID() == full {
			return s
		}
	}
	return nil
}

func (t *sessions) add(s hook.Session) (replaced hook.Session) {
	bare := s.JID().Bare()
	sh := t.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := sh.m[bare]
	list := make([]hook.Session, 0, len(old)+1)
	for _, o := range old {
		if o.JID() == s.JID() {
			replaced = o
			continue
		}
		list = append(list, o)
	}
	sh.m[bare] = append(list, s)
	return replaced
}

func (t *sessions) remove(s hook.Session) bool {
	bare := s.JID().Bare()
	sh := t.shard(bare)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	old := sh.m[bare]
	list := make([]hook.Session, 0, len(old))
	for _, o := range old {
		if o != s {
			list = append(list, o)
		}
	}
	if len(list) == 0 {
		delete(sh.m, bare)
	} else {
		sh.m[bare] = list
	}
	return len(list) < len(old)
}

func (t *sessions) each(f func(hook.Session)) {
	for i := range t.shards {
		sh := &t.shards[i]
		sh.mu.RLock()
		all := make([]hook.Session, 0, len(sh.m))
		for _, list := range sh.m {
			all = append(all, list...)
		}
		sh.mu.RUnlock()
		for _, s := range all {
			f(s)
		}
	}
}

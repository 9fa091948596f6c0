package pubsub

import (
	"slices"
	"time"

	"myna/guard"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Of those that say the same of themselves a few are asked at once what it means. Who does not answer keeps the others waiting for
// askPatience only: then all are asked, and each learns at least what it says itself.
const (
	askedAtOnce = 3
	askPatience = 2 * time.Second
)

// question is what sessions with the same capabilities wait for. interests.mu guards it.
type question struct {
	list  []hook.Session // those that are being asked come first
	asked int            // how many these are
	late  bool           // nobody waits for others any more
	timer *time.Timer
}

// wait has a session wait for what a key stands for; it is true where the session is to be asked itself. The caller holds mu.
func (t *interests) wait(k key, p hook.Session) (ask bool) {
	q := t.waiting[k]
	if q == nil {
		q = &question{}
		q.timer = time.AfterFunc(askPatience, func() {
			guard.Call(t.s.Logger, "capabilities without answer", func() { t.askAll(k, q) })
		})
		t.waiting[k] = q
	}
	q.list = append(q.list, p)
	if ask = q.late || q.asked < askedAtOnce; ask {
		q.asked++
	}
	return ask
}

// askAll asks those who have waited for others.
func (t *interests) askAll(k key, q *question) {
	t.mu.Lock()
	if t.waiting[k] != q {
		t.mu.Unlock()
		return
	}
	rest := slices.Clone(q.list[q.asked:])
	q.late, q.asked = true, len(q.list)
	t.mu.Unlock()
	for _, p := range rest {
		t.ask(k, p)
	}
}

// done returns all that wait, who need not any more. The caller holds mu.
func (t *interests) done(k key) []hook.Session {
	q := t.waiting[k]
	if q == nil {
		return nil
	}
	q.timer.Stop()
	delete(t.waiting, k)
	return q.list
}

// ask asks a client what its capabilities are (XEP-0115 § 6.2, XEP-0390 § 5.5).
func (t *interests) ask(k key, p hook.Session) {
	q := xmpp.El(ns.DiscoInfo, "query").Set("node", k.ask())
	iq := xmpp.NewIQ(p.JID().Bare(), p.JID(), xmpp.TypeGet, "", q)
	err := t.s.Router.Ask(iq, func(answer *xmpp.Stanza, err error) { t.answered(k, p, answer, err) })
	if err != nil {
		t.next(k, p, nil)
	}
}

// next goes on where a client's answer says nothing of others: it gets its own interests, and the next one is asked.
func (t *interests) next(k key, p hook.Session, nodes []string) {
	ask, waits := t.without(k, p)
	if !waits { // it has ended, or has been answered for
		return
	}
	t.settle(p, t.before(p), k, nodes)
	if ask != nil {
		t.ask(k, ask)
	}
}

// without takes a session off those who wait; ask is the one that is to be asked in its place.
func (t *interests) without(k key, p hook.Session) (ask hook.Session, waits bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	q := t.waiting[k]
	if q == nil {
		return nil, false
	}
	at := slices.Index(q.list, p)
	if at < 0 {
		return nil, false
	}
	q.list = slices.Delete(q.list, at, at+1)
	if at < q.asked {
		q.asked--
	}
	switch {
	case len(q.list) == 0:
		t.done(k)
	case q.asked < min(askedAtOnce, len(q.list)):
		ask = q.list[q.asked]
		q.asked++
	}
	return ask, true
}

// closed forgets a session, and goes on where it was being asked.
func (t *interests) closed(p hook.Session) {
	i := t.of.Load(p)
	t.set(p, &interest{gone: true})
	if i == nil || !i.asking {
		return
	}
	if ask, _ := t.without(i.key, p); ask != nil {
		t.ask(i.key, ask)
	}
}

package pubsub

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/caps"
	"myna/xmpp/ns"
	"myna/xmpp/wire"
)

// Bounds of what is remembered of capabilities: how many, and how many interests of each.
const (
	maxCaps      = 2000
	maxInterests = 200
	maxInterest  = 256  // bytes of one
	maxKey       = 1024 // bytes of what a client says of itself
)

// key is what a client says of itself: a verification string (XEP-0115 § 4), or one of its hashes, of which node is the
// namespace (XEP-0390 § 5.4).
type key struct{ hash, node, ver string }

// ask is the node that the client knows for it (XEP-0115 § 6.2, XEP-0390 § 4.3).
func (k key) ask() string {
	if k.node == ns.Caps2 {
		return caps.HashNode(k.hash, k.ver)
	}
	return k.node + "#" + k.ver
}

// holds tells whether a disco#info result is what the key stands for (XEP-0115 § 5.4, XEP-0390 § 4.4).
func (k key) holds(info *xmpp.Element) bool {
	if k.node == ns.Caps2 {
		sum, err := caps.Hash(info, k.hash)
		return err == nil && sum == k.ver
	}
	return caps.Verify(info, k.hash, k.ver)
}

// interest is what a session wants to hear of; it is immutable.
type interest struct {
	key    key
	nodes  []string // sorted
	asking bool     // the client is being asked what key stands for; nodes are those of before
	gone   bool     // the session has ended; nothing comes behind that
}

// interests knows what sessions are interested in (XEP-0060 § 9.2). What a verification string stands for is asked once.
type interests struct {
	s  *Service
	of hook.Value[*interest]

	mu      sync.Mutex
	known   map[key][]string  // verified; guarded by mu
	uses    map[key]int       // sessions that have it; guarded by mu
	waiting map[key]*question // what is being asked; guarded by mu
}

func (t *interests) start(s *Service) {
	t.s, t.known, t.uses, t.waiting = s, map[key][]string{}, map[key]int{}, map[key]*question{}
}

// set replaces what a session is interested in.
func (t *interests) set(p hook.Session, i *interest) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.setLocked(p, i)
}

// setLocked is set; the caller holds mu. What comes behind the end of a session changes nothing.
func (t *interests) setLocked(p hook.Session, i *interest) {
	old := t.of.Load(p)
	if old != nil && old.gone {
		return
	}
	if old != nil && old.key != (key{}) {
		if t.uses[old.key]--; t.uses[old.key] == 0 {
			delete(t.uses, old.key)
		}
	}
	if i.key != (key{}) {
		t.uses[i.key]++
	}
	t.of.Store(p, i)
}

// remember keeps what a key stands for. Where there is no room it takes the place of one that no session has; what all that
// is known stands for is in use, it is not kept: whoever shows many makes nobody be asked again. The caller holds mu.
func (t *interests) remember(k key, nodes []string) {
	if _, ok := t.known[k]; !ok && len(t.known) >= maxCaps {
		for old := range t.known {
			if t.uses[old] == 0 {
				delete(t.known, old)
			}
		}
		if len(t.known) >= maxCaps {
			return
		}
	}
	t.known[k] = nodes
}

// has tells whether a node is among the interests. It may be called on nil.
func (i *interest) has(node string) bool {
	if i == nil {
		return false
	}
	_, ok := slices.BinarySearch(i.nodes, node)
	return ok
}

// wants tells whether an available session is interested in a node.
func (t *interests) wants(p hook.Session, node string) bool {
	return t.of.Load(p).has(node) && p.Presence() != nil
}

// arrived reads the capabilities in a session's presence. first: it has become available, and gets what was published
// last; otherwise it gets only that in which it was not interested before.
func (t *interests) arrived(p hook.Session, first bool) {
	k := capsOf(p)
	old := t.of.Load(p)
	if old != nil && old.asking {
		return // when the answer is there, the presence is looked at again
	}
	if old != nil && old.key == k {
		if first {
			t.sendLast(p, old.nodes)
		}
		return
	}
	if first {
		old = nil
	}
	if k == (key{}) {
		t.set(p, &interest{})
		return
	}
	t.learn(p, old, k)
}

// told reads the capabilities in directed presence of a session that has sent no other.
func (t *interests) told(p hook.Session, k key) {
	old := t.of.Load(p)
	switch {
	case k == key{} || old != nil && old.asking:
	case old != nil && old.key == k:
		t.sendLast(p, old.nodes)
	default:
		t.learn(p, old, k)
	}
}

// learn finds out what a key stands for; old is what the session was interested in.
func (t *interests) learn(p hook.Session, old *interest, k key) {
	t.mu.Lock()
	nodes, ok := t.known[k]
	if ok {
		t.mu.Unlock()
		t.settle(p, old, k, nodes)
		return
	}
	asking := &interest{key: k, asking: true}
	if old != nil {
		asking.nodes = old.nodes
	}
	t.setLocked(p, asking)
	ask := t.wait(k, p)
	t.mu.Unlock()
	if ask {
		t.ask(k, p)
	}
}

// capsOf reads the capabilities in a session's presence; the zero key where there are none. The hashes of XEP-0390 are
// taken first: nothing else can look like what they stand for.
func capsOf(p hook.Session) key {
	pres := p.Presence()
	if pres == nil {
		return key{}
	}
	return capsIn(pres.Tail)
}

// capsIn is capsOf for a presence.
func capsIn(tail []byte) key {
	if !bytes.Contains(tail, []byte(ns.Caps)) && !bytes.Contains(tail, []byte(ns.Caps2)) {
		return key{}
	}
	f := xmpp.Frame{Kind: xmpp.Presence, Tail: tail}
	st, err := wire.Parse(f.Append(nil, ""))
	if err != nil {
		return key{}
	}
	k := hashIn(child(st, ns.Caps2))
	if k == (key{}) {
		k = verIn(child(st, ns.Caps))
	}
	if len(k.hash)+len(k.node)+len(k.ver) > maxKey { // what it stands for is remembered
		return key{}
	}
	return k
}

func child(st *xmpp.Stanza, space string) *xmpp.Element {
	c := st.Find(space, "c")
	if c == nil {
		return nil
	}
	e, err := st.Element(c)
	if err != nil {
		return nil
	}
	return e
}

// verIn reads a <c/> of XEP-0115.
func verIn(c *xmpp.Element) key {
	if c == nil || c.Attr("ver") == "" || c.Attr("hash") == "" || c.Attr("node") == ns.Caps2 {
		return key{}
	}
	return key{c.Attr("hash"), c.Attr("node"), c.Attr("ver")}
}

// hashIn takes from a <c/> of XEP-0390 a hash that we can verify.
func hashIn(c *xmpp.Element) key {
	if c == nil {
		return key{}
	}
	for h := range c.Elements() {
		if !h.Is(ns.Hashes, "hash") {
			continue
		}
		sum := strings.TrimSpace(h.Text())
		switch algo := h.Attr("algo"); algo {
		case "sha-256", "sha-512", "sha3-256", "sha3-512":
			if sum != "" {
				return key{strings.Clone(algo), ns.Caps2, sum}
			}
		}
	}
	return key{}
}

// settle sets what a session is interested in, and sends it the last items of what is new to it.
func (t *interests) settle(p hook.Session, old *interest, k key, nodes []string) {
	t.set(p, &interest{key: k, nodes: nodes})
	if p.Presence() == nil { // nobody sees it but those to whom it has sent presence
		t.sendLast(p, nodes)
		return
	}
	var fresh []string
	for _, n := range nodes {
		if !old.has(n) {
			fresh = append(fresh, n)
		}
	}
	t.sendLast(p, fresh)
	if capsOf(p) != k { // it has changed while it was asked
		t.arrived(p, false)
	}
}

func (t *interests) sendLast(p hook.Session, nodes []string) {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := t.s.sendLast(ctx, p, nodes); err != nil {
		t.s.Logger.Warn("last items not sent", "to", p.JID().String(), "err", err)
	}
}

// storeTime bounds reads of storage that no request waits for.
const storeTime = 10 * time.Second

// answered takes a client's answer. It runs on the goroutine of the session, or of a timer.
func (t *interests) answered(k key, p hook.Session, answer *xmpp.Stanza, err error) {
	if err != nil || answer.Type != xmpp.TypeResult {
		t.next(k, p, nil)
		return
	}
	c := answer.Find(ns.DiscoInfo, "query")
	if c == nil {
		t.next(k, p, nil)
		return
	}
	info, err := answer.Element(c)
	if err != nil {
		t.next(k, p, nil)
		return
	}
	nodes := notifications(info)
	if !k.holds(info) { // XEP-0115 § 5.4: good for this session only
		t.next(k, p, nodes)
		return
	}
	t.mu.Lock()
	t.remember(k, nodes)
	all := t.done(k)
	t.mu.Unlock()
	for _, w := range all {
		t.settle(w, t.before(w), k, nodes)
	}
}

// before is what a session was interested in before it was asked.
func (t *interests) before(p hook.Session) *interest {
	i := t.of.Load(p)
	if i == nil {
		return nil
	}
	return &interest{nodes: i.nodes}
}

// notifications are the nodes that a disco#info result names with "+notify" (XEP-0060 § 9.2), sorted.
func notifications(info *xmpp.Element) []string {
	var nodes []string
	for e := range info.Elements() {
		if !e.Is(ns.DiscoInfo, "feature") {
			continue
		}
		node, ok := strings.CutSuffix(e.Attr("var"), "+notify")
		if ok && node != "" && len(node) <= maxInterest && len(nodes) < maxInterests {
			nodes = append(nodes, strings.Clone(node))
		}
	}
	slices.Sort(nodes)
	return slices.Compact(nodes)
}

package pubsub

import (
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"golang.org/x/time/rate"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/router"
)

// silent is the way to servers that get everything and say nothing.
type silent struct {
	mu  sync.Mutex
	got []string
}

func (s *silent) Route(_ xmpp.JID, f xmpp.Frame) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.got = append(s.got, string(f.Append(nil, "")))
	return nil
}

// chainWorld is a world whose service is reached by the router, as are the servers of a Remote.
func chainWorld(t *testing.T) (*world, *silent) {
	w, out := newWorld(t), &silent{}
	w.connect(out)
	w.chains.jobs.rate = rate.Inf
	return w, out
}

func (w *world) connect(out *silent) {
	reg := hook.NewRegistry()
	reg.Add("pubsub", w.Service)
	w.Router = router.New(w.t.Context(), router.Options{Registry: reg, Logger: slog.New(slog.DiscardHandler), Directory: everybody{}, Remote: out,
		Hosts: map[string]hook.Target{"example.net": hook.Server, "pubsub.example.net": target}})
}

// submit fills out the form of the command, and returns the answer.
func (w *world) submit(from, local, service, remote string, more ...string) string {
	w.t.Helper()
	x := formOf(ns.PubSubChaining, append([]string{fieldLocalNode, local, fieldRemoteService, service, fieldRemoteNode, remote}, more...)...)
	payload, err := xmpp.ParseElement([]byte(`<command xmlns="`+ns.Commands+`" node="`+ns.PubSubChaining+`">`+x+`</command>`), "")
	if err != nil {
		w.t.Fatal(err)
	}
	answer := make(chan string, 1)
	q := &hook.Request{Stanza: &xmpp.Stanza{Kind: xmpp.IQ, Type: xmpp.TypeSet, From: w.jid(from)}, Payload: payload, Owner: w.jid("pubsub.example.net")}
	q.Reply = func(e *xmpp.Element, err error) { answer <- e.String() }
	if e, err := w.command(w.t.Context(), q); err != hook.Later {
		if err == nil {
			return e.String()
		}
		e, _ := xmpp.ErrorElement(err)
		return e.String()
	}
	return <-answer
}

func (w *world) chained(from, local, service, remote string) {
	w.t.Helper()
	if got := w.submit(from, local, service, remote); !strings.Contains(got, `type="info"`) {
		w.t.Fatalf("%s to %s: %s", local, remote, got)
	}
}

// pump does all that is queued, and returns how many jobs that were.
func (w *world) pump() (jobs int) {
	w.t.Helper()
	for ; ; jobs++ {
		w.chains.mu.Lock()
		left := w.chains.jobs.n
		w.chains.mu.Unlock()
		if left == 0 {
			return jobs
		}
		if jobs == 1000 {
			w.t.Fatal("it goes on for ever")
		}
		if err := w.chainNext(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

const host = "pubsub.example.net"

func (w *world) create(who, name string, settings ...string) {
	w.t.Helper()
	w.must(who, xmpp.TypeSet, ns.PubSub, `<create node="`+name+`"/><configure>`+formOf(ns.PubSubConfig, settings...)+`</configure>`)
}

func (w *world) publishAt(who, name, id, text string) {
	w.t.Helper()
	w.must(who, xmpp.TypeSet, ns.PubSub, `<publish node="`+name+`"><item id="`+id+`"><a xmlns="urn:example">`+text+`</a></item></publish>`)
}

// Each owner of a node pays for what that repeats on the owner's behalf, also where it is of one service.
func TestChainsOfTwoOwners(t *testing.T) {
	w, _ := chainWorld(t)
	for _, name := range []string{"a", "b", "both"} {
		w.create(romeo, name)
	}
	w.must(romeo, xmpp.TypeSet, ns.PubSubOwner, `<affiliations node="both"><affiliation jid="juliet@example.net" affiliation="owner"/></affiliations>`)
	w.chained(romeo, "both", host, "a")
	w.chained(juliet, "both", host, "b")
	w.pump()
	w.publishAt(romeo, "a", "1", "of a")
	w.publishAt(romeo, "b", "2", "of b")
	w.chains.mu.Lock()
	for _, who := range []string{romeo, juliet} {
		if q := w.chains.jobs.of[w.jid(who).Bare()]; q == nil || len(q.jobs) != 1 {
			t.Errorf("%s pays for %+v", who, q)
		}
	}
	w.chains.mu.Unlock()
	w.pump()
	if own := w.jid(host + "/both"); !w.chains.wanted(own, w.jid(host)) || w.chains.wanted(own, w.jid("else.example.net")) {
		t.Error("others are heard")
	}
}

// A domain that does not want to hear of another one any more ends what its nodes repeat of that, though both are of one server; and
// none is chained to it.
func TestChainsToADomainThatIsBlocked(t *testing.T) {
	w, out := chainWorld(t)
	w.chains.patience = 1
	w.create(romeo, "mine")
	w.submit(romeo, "mine", "far.example", "news")
	far, own := w.jid("far.example"), w.jid(host+"/mine")
	tell := func(id string) string {
		t.Helper()
		e, err := xmpp.ParseElement([]byte(`<event xmlns="`+ns.PubSubEvent+`"><items node="news"><item id="`+id+`"><a xmlns="urn:example"/></item></items></event>`), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Router.Send(xmpp.NewMessage(far, own, xmpp.TypeHeadline, e)); err != nil {
			t.Fatal(err)
		}
		w.pump()
		return w.must(romeo, xmpp.TypeGet, ns.PubSub, `<items node="mine"/>`)
	}
	if got := tell("before"); !strings.Contains(got, `id="before"`) {
		t.Fatalf("nothing is repeated: %s", got)
	}
	w.Blocked = func(a, b xmpp.JID) bool { return a == w.jid(host) && b == far }
	if got := tell("after"); strings.Contains(got, `id="after"`) {
		t.Errorf("repeated: %s", got)
	}
	out.mu.Lock()
	last := out.got[len(out.got)-1]
	out.mu.Unlock()
	if !strings.Contains(last, "<unsubscribe") {
		t.Errorf("last sent: %s", last)
	}
	if got := w.submit(romeo, "mine", "far.example", "more"); !strings.Contains(got, "<not-allowed") {
		t.Errorf("chained again: %s", got)
	}
	w.Blocked = nil
	if got := tell("later"); strings.Contains(got, `id="later"`) {
		t.Errorf("the link is there again: %s", got)
	}
}

// Nodes that are chained in circles tell of each item once, whether they keep items or not, and of the same again when it is
// published again.
func TestChainsInCircles(t *testing.T) {
	w, _ := chainWorld(t)
	all := []string{"a", "b", "c"}
	for _, name := range all {
		w.create(romeo, name, FieldPersist, map[bool]string{true: "1", false: "0"}[name != "c"])
	}
	for _, local := range all {
		for _, remote := range all {
			if local != remote {
				w.chained(romeo, local, host, remote)
			}
		}
	}
	e := w.listen(juliet)
	for _, name := range all {
		w.must(juliet, xmpp.TypeSet, ns.PubSub, `<subscribe node="`+name+`" jid="`+juliet+`"/>`)
	}
	for i, text := range []string{"x", "y", "x", "x"} {
		w.publishAt(romeo, "a", "1", text)
		w.publishAt(romeo, "c", fmt.Sprint("c", i), text)
		w.pump()
		if got := e.take(); len(got) != 6 {
			t.Fatalf("%d: %d notifications: %q", i, len(got), got)
		}
	}
	w.must(romeo, xmpp.TypeSet, ns.PubSub, `<retract node="a"><item id="1"/></retract>`)
	w.pump()
	heardOf := e.take()
	if len(heardOf) != 2 || !strings.Contains(heardOf[1], `<items node="b"><retract id="1"/>`) || !strings.Contains(heardOf[1], `type="ofrom"`) {
		t.Errorf("removed: %q", heardOf) // c keeps nothing
	}
}

// A node is chained with its own right, not with that of the service whose name it bears, or of another node.
func TestChainsOpenNothing(t *testing.T) {
	w, _ := chainWorld(t)
	w.create(romeo, "mine")
	w.create("nurse@example.net/room", "hers")
	w.create(juliet, "closed", FieldAccess, AccessWhitelist)
	w.create(juliet, "asked", FieldAccess, AccessAuthorize)
	if got := w.submit(romeo, "mine", host, "closed"); !strings.Contains(got, "not-allowed: (closed-node)") || !strings.Contains(got, `type="error"`) {
		t.Errorf("closed: %s", got)
	}
	if got := w.submit(romeo, "mine", host, "asked"); !strings.Contains(got, "has to approve it") {
		t.Errorf("asked: %s", got)
	}
	w.must(juliet, xmpp.TypeSet, ns.PubSubOwner, `<subscriptions node="asked"><subscription jid="`+host+`/mine" subscription="subscribed"/></subscriptions>`)
	if got := w.submit("nurse@example.net/room", "hers", host, "asked"); !strings.Contains(got, "has to approve it") {
		t.Errorf("asked by another: %s", got)
	}
	w.publishAt(juliet, "asked", "1", "x")
	w.pump()
	if got := w.must(romeo, xmpp.TypeGet, ns.PubSub, `<items node="mine"/>`); !strings.Contains(got, `id="1"`) {
		t.Errorf("approved: %s", got)
	}
	if got := w.must("nurse@example.net/room", xmpp.TypeGet, ns.PubSub, `<items node="hers"/>`); strings.Contains(got, `id="1"`) {
		t.Errorf("not approved: %s", got)
	}
	if got := w.submit(romeo, "hers", host, "mine"); !strings.Contains(got, "forbidden") {
		t.Errorf("not the owner: %s", got)
	}
	if got := w.submit(romeo, "mine", host, "mine"); !strings.Contains(got, "not-acceptable") {
		t.Errorf("to itself: %s", got)
	}
}

// What is chained stays over a restart, ends with the node and with the right of who has chained it, and has a limit.
func TestChainsEnd(t *testing.T) {
	w, out := chainWorld(t)
	w.create(romeo, "mine")
	w.create(romeo, "other")
	for i := range maxLinks + 1 {
		name := fmt.Sprint("n", i)
		w.create(juliet, name)
		got := w.submit(romeo, "mine", host, name)
		if i == maxLinks && !strings.Contains(got, fmt.Sprintf("chained to %d others", maxLinks)) || i < maxLinks && !strings.Contains(got, "is chained") {
			t.Errorf("%d: %s", i, got)
		}
	}
	w.chained(romeo, "other", host, "n0")
	w.Service = New(w.Options)
	w.connect(out)
	w.publishAt(juliet, "n0", "1", "x")
	w.pump()
	if got := w.must(romeo, xmpp.TypeGet, ns.PubSub, `<items node="mine"/>`); !strings.Contains(got, `id="1"`) {
		t.Errorf("after a restart: %s", got)
	}
	w.must(romeo, xmpp.TypeSet, ns.PubSubOwner, `<delete node="mine"/>`)
	w.must(romeo, xmpp.TypeSet, ns.PubSubOwner, `<affiliations node="other"><affiliation jid="juliet@example.net" affiliation="owner"/></affiliations>`)
	w.must(juliet, xmpp.TypeSet, ns.PubSubOwner, `<affiliations node="other"><affiliation jid="romeo@example.net" affiliation="none"/></affiliations>`)
	w.publishAt(juliet, "n0", "2", "x")
	w.pump()
	if got := w.must(juliet, xmpp.TypeGet, ns.PubSub, `<items node="other"/>`); strings.Contains(got, `id="2"`) {
		t.Errorf("for who owns it no more: %s", got)
	}
	for _, name := range []string{"n0", "n1"} {
		if got := w.must(juliet, xmpp.TypeGet, ns.PubSubOwner, `<subscriptions node="`+name+`"/>`); strings.Contains(got, host) {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// An owner does not wait for a service that says nothing; what it says later counts.
func TestChainsToSilence(t *testing.T) {
	w, out := chainWorld(t)
	w.chains.patience = 1
	w.create(romeo, "mine")
	if got := w.submit(romeo, "mine", "far.example", "news"); !strings.Contains(got, "has not answered yet") {
		t.Fatal(got)
	}
	out.mu.Lock()
	asked, err := xmpp.ParseElement([]byte(out.got[0]), ns.Client)
	out.mu.Unlock()
	if err != nil || asked.Attr("from") != host+"/mine" {
		t.Fatalf("%v %s", err, asked)
	}
	far, own := w.jid("far.example"), w.jid(host+"/mine")
	told := func(typ, id, payload string) {
		t.Helper()
		e, err := xmpp.ParseElement([]byte(payload), "")
		if err != nil {
			t.Fatal(err)
		}
		answer := xmpp.NewIQ(far, own, typ, id, e)
		if id == "" {
			answer = xmpp.NewMessage(far, own, typ, e)
		}
		if err := w.Router.Send(answer); err != nil {
			t.Fatal(err)
		}
		w.pump()
	}
	told(xmpp.TypeResult, asked.Attr("id"), `<pubsub xmlns="`+ns.PubSub+`"><subscription node="news" jid="`+host+`/mine" subid="s1" subscription="pending"/></pubsub>`)
	told(xmpp.TypeHeadline, "", `<event xmlns="`+ns.PubSubEvent+`"><subscription node="news" jid="`+host+`/mine" subid="s1" subscription="subscribed"/></event>`)
	told(xmpp.TypeHeadline, "", `<event xmlns="`+ns.PubSubEvent+`"><items node="news"><item id="1"><a xmlns="urn:example"/></item><retract id="0"/></items>`+
		`<items node="olds"><item id="2"><a xmlns="urn:example"/></item></items></event>`)
	if got := w.must(romeo, xmpp.TypeGet, ns.PubSub, `<items node="mine"/>`); !strings.Contains(got, `id="1"`) || strings.Contains(got, `id="2"`) {
		t.Errorf("items: %s", got)
	}
	if got := w.submit(romeo, "mine", "far.example", "news"); !strings.Contains(got, "conflict") {
		t.Errorf("twice: %s", got)
	}
	if got := w.submit(romeo, "mine", "far.example", "news", fieldUndo, "1"); !strings.Contains(got, "has not answered yet") {
		t.Errorf("undone: %s", got)
	}
	out.mu.Lock()
	last := out.got[len(out.got)-1]
	out.mu.Unlock()
	if !strings.Contains(last, "<unsubscribe") || !strings.Contains(last, `subid="s1"`) {
		t.Errorf("undone: %s", last)
	}
	told(xmpp.TypeHeadline, "", `<event xmlns="`+ns.PubSubEvent+`"><items node="news"><item id="3"><a xmlns="urn:example"/></item></items></event>`)
	if got := w.must(romeo, xmpp.TypeGet, ns.PubSub, `<items node="mine"/>`); strings.Contains(got, `id="3"`) {
		t.Errorf("after the end: %s", got)
	}
}

// What the remote node is purged of goes, and nothing else; who has subscribed is told of the rest by name.
func TestChainsPurge(t *testing.T) {
	w, _ := chainWorld(t)
	for _, name := range []string{"mine", "passing"} {
		w.create(romeo, name, FieldPersist, map[bool]string{true: "1", false: "0"}[name == "mine"], FieldSendLast, LastOnSub)
	}
	for _, name := range []string{"far", "other"} {
		w.create(juliet, name)
		w.chained(romeo, "mine", host, name)
	}
	w.chained(romeo, "passing", host, "far")
	w.publishAt(romeo, "mine", "own", "x")
	w.publishAt(juliet, "other", "2", "x")
	for i := range maxTold + 1 {
		w.publishAt(juliet, "far", fmt.Sprint("f", i), "x")
		w.pump()
	}
	e := w.listen(juliet)
	w.must(juliet, xmpp.TypeSet, ns.PubSub, `<subscribe node="mine" jid="`+juliet+`"/>`)
	e.take()
	w.must(juliet, xmpp.TypeSet, ns.PubSubOwner, `<purge node="far"/>`)
	w.pump()
	heard(t, e, `<retract id="f0"/>`, `<items node="mine"><retract id="f`+fmt.Sprint(maxTold)+`"/></items></event><addresses`)
	got := w.must(romeo, xmpp.TypeGet, ns.PubSub, `<items node="mine"/>`)
	if !strings.Contains(got, `id="own"`) || !strings.Contains(got, `id="2"`) || strings.Contains(got, `id="f`) {
		t.Errorf("after the purge: %s", got)
	}
	if got := w.ask(romeo, xmpp.TypeGet, ns.PubSub, `<items node="passing"/>`); !strings.Contains(got, "persistent-items") {
		t.Errorf("a node that keeps nothing remembers what was purged: %s", got)
	}
	w.must(romeo, xmpp.TypeSet, ns.PubSubOwner, `<configure node="mine">`+formOf(ns.PubSubConfig, fieldNodeType, collection)+`</configure>`)
	w.pump()
	if got := w.must(juliet, xmpp.TypeGet, ns.PubSubOwner, `<subscriptions node="far"/>`); strings.Contains(got, "/mine") || !strings.Contains(got, "/passing") {
		t.Errorf("a collection repeats nothing: %s", got)
	}
}

package pubsub

import (
	"fmt"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp/ns"
)

// Nobody fills the service alone, neither with nodes nor with items, and is told which limit it is.
func TestShares(t *testing.T) {
	w := newWorld(t)
	cfg := w.Config.All()
	cfg.ServiceAccountNodes, cfg.ServiceAccountBytes, cfg.ServiceBytes = 2, 3*(1000+storage.ItemOverhead), 5*(1000+storage.ItemOverhead)
	for i := range 3 {
		got := w.ask(romeo, "set", ns.PubSub, fmt.Sprintf(`<create node="%d"/><configure>%s</configure>`, i, formOf(ns.PubSubConfig, FieldPublishModel, "open")))
		if refused := strings.Contains(got, "max-nodes-exceeded") && strings.Contains(got, "An account may have 2 nodes"); refused != (i == 2) {
			t.Errorf("node %d: %s", i, got)
		}
	}
	w.must(juliet, "set", ns.PubSub, `<create node="j"/>`)
	publish := func(who, id string) string {
		pad := strings.Repeat("x", 1000-len(`<a xmlns="b"></a>`)-len(id))
		return w.ask(who, "set", ns.PubSub, `<publish node="0"><item id="`+id+`"><a xmlns="b">`+pad+`</a></item></publish>`)
	}
	for i := range 3 {
		if got := publish(romeo, fmt.Sprint("r", i)); strings.Contains(got, "<error") {
			t.Fatal(got)
		}
	}
	if got := publish(romeo, "r3"); !strings.Contains(got, "<resource-constraint") || !strings.Contains(got, "What one account publishes here may take 3384 bytes") {
		t.Errorf("more than one account may: %s", got)
	}
	if got := publish(romeo, "r1"); strings.Contains(got, "<error") {
		t.Errorf("in place of an own one: %s", got)
	}
	for i := range 2 {
		if got := publish(juliet, fmt.Sprint("j", i)); strings.Contains(got, "<error") {
			t.Fatal(got)
		}
	}
	if got := publish(juliet, "j2"); !strings.Contains(got, "The items of all nodes may take 5640 bytes") {
		t.Errorf("more than all may: %s", got)
	}
}

// A node has no more subscriptions of one account than it may, whatever resources they are for.
func TestTooManySubscriptions(t *testing.T) {
	w := newWorld(t)
	w.must(romeo, "set", ns.PubSub, `<create node="n"/>`)
	for i := range DefaultConfig().OwnSubscriptions + 1 {
		got := w.ask(juliet, "set", ns.PubSub, fmt.Sprintf(`<subscribe node="n" jid="juliet@example.net/%d"/>`, i))
		if refused := strings.Contains(got, `type="wait"`) && strings.Contains(got, "too-many-subscriptions"); refused != (i == DefaultConfig().OwnSubscriptions) {
			t.Errorf("subscription %d: %s", i, got)
		}
	}
}

// BenchmarkPublish publishes to a node with a thousand subscribers who are online.
func BenchmarkPublish(b *testing.B) {
	w := newWorld(b)
	w.must(romeo, "set", ns.PubSub, `<create node="n"/><configure>`+formOf(ns.PubSubConfig, FieldPersist, "0")+`</configure>`)
	for i := range 1000 {
		who := fmt.Sprintf("a%d@example.net", i)
		w.Router.Bind(&deaf{ear{jid: w.jid(who + "/x"), pres: w.listen(juliet).pres}})
		w.must(who+"/x", "set", ns.PubSub, `<subscribe node="n" jid="`+who+`"/>`)
	}
	item := `<publish node="n"><item id="1"><a xmlns="urn:example">` + strings.Repeat("text ", 100) + `</a></item></publish>`
	b.ReportAllocs()
	for b.Loop() {
		w.must(romeo, "set", ns.PubSub, item)
	}
}

package blocking

import (
	"fmt"
	"testing"

	"myna/xmpp"
)

// A list blocks addresses in four forms (XEP-0191 § 2), and a full one costs no more than another.
func TestCovers(t *testing.T) {
	parse := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s)
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	const many = 5000
	all := []xmpp.JID{parse("bare@a.example"), parse("full@a.example/x"), parse("b.example"), parse("c.example/x")}
	for i := len(all); i < many; i++ {
		all = append(all, parse(fmt.Sprintf("p%d@a.example", i)))
	}
	full := newList(all)
	if len(full.set) != many {
		t.Errorf("%d of %d addresses are found at once", len(full.set), many)
	}
	for who, want := range map[string]bool{
		"bare@a.example": true, "bare@a.example/x": true, "full@a.example/x": true, "full@a.example/y": false, "full@a.example": false,
		"a.example": false, "a.example/x": false, "other@a.example/x": false, "p4000@a.example/x": true,
		"b.example": true, "b.example/y": true, "anybody@b.example/y": true, "anybody@sub.b.example": false,
		"c.example/x": true, "anybody@c.example/x": true, "anybody@c.example": false, "c.example": false, "anybody@c.example/y": false,
	} {
		if got := full.covers(parse(who)); got != want {
			t.Errorf("%s: %v", who, got)
		}
	}
	if newList(nil).covers(parse("bare@a.example")) || newList(nil).addresses() != nil {
		t.Error("nobody is somebody")
	}
	who, few := parse("stranger@d.example/x"), newList(all[:3])
	if n := testing.AllocsPerRun(10, func() { few.covers(who) }); n != 0 {
		t.Errorf("a look takes %v allocations", n)
	}
}

package storagetest

import (
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func testNodes(t *testing.T, s storage.Store) {
	ctx, ps := t.Context(), s.PubSub()
	lan, an := id("lan@example.com"), id("an@example.com")
	n := storage.Node{Owner: lan, Name: "urn:xmpp:avatar", Config: map[string]string{"pubsub#access_model": "open"}, Created: day}
	check(t, ps.CreateNode(ctx, n))
	wantErr(t, ps.CreateNode(ctx, n), storage.ErrConflict)
	check(t, ps.CreateNode(ctx, storage.Node{Owner: an, Name: n.Name, Created: day}))
	equal(t, "node", must[storage.Node](t)(ps.Node(ctx, lan, n.Name)), n)
	n.Config = map[string]string{"a": "b"}
	check(t, ps.ConfigureNode(ctx, lan, n.Name, n.Config))
	equal(t, "nodes", must[[]storage.Node](t)(ps.Nodes(ctx, lan)), []storage.Node{n})
	check(t, ps.DeleteNode(ctx, lan, n.Name))
	wantErr(t, ps.DeleteNode(ctx, lan, n.Name), storage.ErrNotFound)
	wantErr(t, ps.ConfigureNode(ctx, lan, n.Name, nil), storage.ErrNotFound)
	wantErr(t, ps.PurgeNode(ctx, lan, n.Name), storage.ErrNotFound)
	_, err := ps.Node(ctx, lan, n.Name)
	wantErr(t, err, storage.ErrNotFound)
	_, err = ps.Items(ctx, lan, n.Name, 0)
	wantErr(t, err, storage.ErrNotFound)
	_, err = ps.PublishItem(ctx, lan, n.Name, storage.Item{ID: "x"}, 1)
	wantErr(t, err, storage.ErrNotFound)
	same(t, "other's nodes", len(must[[]storage.Node](t)(ps.Nodes(ctx, an))), 1)
}

func testItems(t *testing.T, s storage.Store) {
	ctx, ps := t.Context(), s.PubSub()
	lan := id("lan@example.com")
	check(t, ps.CreateNode(ctx, storage.Node{Owner: lan, Name: "n"}))
	publish := func(item string, max int) []string {
		return must[[]string](t)(ps.PublishItem(ctx, lan, "n", storage.Item{ID: item, Publisher: lan, Payload: []byte(item), At: day}, max))
	}
	ids := func(max int, only ...string) (names string) {
		list, err := ps.Items(ctx, lan, "n", max, only...)
		check(t, err)
		for _, it := range list {
			names += it.ID
		}
		return names
	}
	for _, item := range []string{"a", "b", "c", "a"} { // again: to the end
		same(t, "removed", len(publish(item, 10)), 0)
	}
	same(t, "all", ids(0), "bca")
	same(t, "newest", ids(2), "ca")
	same(t, "number", must[int](t)(ps.CountItems(ctx, lan, "n")), 3)
	same(t, "one of them", must[bool](t)(ps.HasItem(ctx, lan, "n", "a")), true)
	same(t, "no other", must[bool](t)(ps.HasItem(ctx, lan, "n", "x")), false)
	same(t, "some", ids(0, "b", "nothing"), "b")
	first := must[[]storage.Item](t)(ps.ItemsAfter(ctx, lan, "n", 0, 2))
	same(t, "first page", len(first), 2)
	same(t, "begins with the oldest", first[0].ID, "b")
	rest := must[[]storage.Item](t)(ps.ItemsAfter(ctx, lan, "n", first[1].Seq, 2))
	same(t, "second page", len(rest), 1)
	same(t, "ends with the newest", rest[0].ID, "a")
	equal(t, "removed", publish("d", 2), []string{"b", "c"})
	same(t, "kept", ids(0), "ad")
	list := must[[]storage.Item](t)(ps.Items(ctx, lan, "n", 0, "d"))
	want := storage.Item{ID: "d", Publisher: lan, Payload: []byte("d"), At: day, Seq: list[0].Seq, Born: list[0].Seq}
	equal(t, "item", list[0], want)
	check(t, ps.RetractItem(ctx, lan, "n", "d"))
	wantErr(t, ps.RetractItem(ctx, lan, "n", "d"), storage.ErrNotFound)
	equal(t, "removed when none are kept", publish("e", 0), []string{"a"})
	same(t, "none kept", ids(0), "")
	must[[]string](t)(ps.PublishItem(ctx, lan, "n", storage.Item{ID: "f"}, 5))
	if it := must[[]storage.Item](t)(ps.Items(ctx, lan, "n", 1))[0]; it.Payload != nil || !it.Publisher.IsZero() {
		t.Fatalf("item without payload and publisher came back as %+v", it)
	}
	check(t, ps.PurgeNode(ctx, lan, "n"))
	same(t, "purged", ids(0), "")
	for _, item := range []string{"x", "y", "z"} {
		big := storage.Item{ID: item, Payload: make([]byte, storage.MaxItemsBytes*2/5)}
		must[[]string](t)(ps.PublishItem(ctx, lan, "n", big, 9))
	}
	same(t, "the newest of what is too much", ids(0), "yz")
	check(t, ps.CreateNode(ctx, storage.Node{Owner: lan, Name: "m"}))
	for _, origin := range []string{"there", ""} {
		must[[]string](t)(ps.PublishItem(ctx, lan, "m", storage.Item{ID: "none", Origin: origin}, 9))
		same(t, "origin", must[[]storage.Item](t)(ps.Items(ctx, lan, "m", 1))[0].Origin, origin)
	}
	must[[]string](t)(ps.PublishItem(ctx, lan, "m", storage.Item{ID: "p", Origin: "there"}, 9))
	must[[]string](t)(ps.PublishItem(ctx, lan, "m", storage.Item{ID: "o", Origin: "there"}, 9))
	equal(t, "purged of an origin", must[[]string](t)(ps.PurgeOrigin(ctx, lan, "m", "there")), []string{"p", "o"})
	same(t, "purged of it again", len(must[[]string](t)(ps.PurgeOrigin(ctx, lan, "m", "there"))), 0)
	same(t, "usage", must[int64](t)(ps.Usage(ctx, lan)), 3*(storage.MaxItemsBytes*2/5+1)+4+4*storage.ItemOverhead)
	same(t, "usage of nobody", must[int64](t)(ps.Usage(ctx, id("minh@example.com"))), 0)
	same(t, "some of what is too much", ids(0, "x", "y", "z"), "xy")
	same(t, "the newest one", ids(1), "z")
}

func testNodePeople(t *testing.T, s storage.Store) {
	ctx, ps := t.Context(), s.PubSub()
	lan, an := id("lan@example.com"), id("an@example.com")
	check(t, ps.CreateNode(ctx, storage.Node{Owner: lan, Name: "n"}))
	check(t, ps.SetAffiliation(ctx, lan, "n", an, "member"))
	check(t, ps.SetAffiliation(ctx, lan, "n", an, "publisher"))
	equal(t, "affiliations", must[map[xmpp.JID]string](t)(ps.Affiliations(ctx, lan, "n")), map[xmpp.JID]string{an: "publisher"})
	wantErr(t, ps.SetAffiliation(ctx, an, "n", an, "member"), storage.ErrNotFound)
	check(t, ps.CreateNode(ctx, storage.Node{Owner: lan, Name: "m"}))
	check(t, ps.SetAffiliation(ctx, lan, "m", an, "owner"))
	equal(t, "owned", must[[]string](t)(ps.AffiliatedAs(ctx, lan, an, "owner")), []string{"m"})
	same(t, "of nobody", len(must[[]string](t)(ps.AffiliatedAs(ctx, id("new@example.com"), an, "owner"))), 0)
	same(t, "by nobody", len(must[[]string](t)(ps.AffiliatedAs(ctx, lan, lan, "owner"))), 0)
	check(t, ps.DeleteNode(ctx, lan, "n"))
	check(t, ps.CreateNode(ctx, storage.Node{Owner: lan, Name: "n"}))
	same(t, "affiliations with a new node", len(must[map[xmpp.JID]string](t)(ps.Affiliations(ctx, lan, "n"))), 0)
}

func testSubscriptions(t *testing.T, s storage.Store) {
	ctx, ps := t.Context(), s.PubSub()
	lan, an, phone := id("lan@example.com"), id("an@example.com"), id("an@example.com/phone")
	check(t, ps.CreateNode(ctx, storage.Node{Owner: lan, Name: "n"}))
	one := storage.Subscription{JID: an, ID: "1", State: "pending", Options: map[string]string{"a": "b"}}
	two := storage.Subscription{JID: an, ID: "2", State: "subscribed", Expires: day}
	three := storage.Subscription{JID: phone, ID: "1", State: "subscribed"}
	for _, u := range []storage.Subscription{three, two, one} {
		check(t, ps.PutSubscription(ctx, lan, "n", u))
	}
	all := func() []storage.Subscription { return must[[]storage.Subscription](t)(ps.Subscriptions(ctx, lan, "n")) }
	equal(t, "subscriptions", all(), []storage.Subscription{one, two, three})
	one.State, one.Options = "subscribed", nil
	check(t, ps.PutSubscription(ctx, lan, "n", one))
	check(t, ps.DeleteSubscription(ctx, lan, "n", phone, "1"))
	check(t, ps.DeleteSubscription(ctx, lan, "n", phone, "1"))
	equal(t, "changed", all(), []storage.Subscription{one, two})
	wantErr(t, ps.PutSubscription(ctx, an, "n", one), storage.ErrNotFound)
	ending := func(at time.Time) []storage.Node { return must[[]storage.Node](t)(ps.NodesEnding(ctx, at, 9)) }
	same(t, "none ends", len(ending(day)), 0)
	equal(t, "ends", ending(day.Add(time.Second)), []storage.Node{{Owner: lan, Name: "n", Config: map[string]string{}}})
	check(t, ps.ConfigureNode(ctx, lan, "n", map[string]string{"x": "yes"}))
	same(t, "subscribed", len(must[[]storage.Node](t)(ps.SubscribedWith(ctx, phone, "yes"))), 1)
	same(t, "subscribed with another value", len(must[[]storage.Node](t)(ps.SubscribedWith(ctx, an, "no"))), 0)
	same(t, "not subscribed", len(must[[]storage.Node](t)(ps.SubscribedWith(ctx, lan, "yes"))), 0)
	subscribed := func(owner, account xmpp.JID) int {
		return len(must[[]storage.Node](t)(ps.SubscribedTo(ctx, owner, account)))
	}
	same(t, "subscribed to nodes of one", subscribed(lan, phone), 1)
	same(t, "subscribed to nodes of another", subscribed(an, phone), 0)
	same(t, "subscribed to nodes of anybody", subscribed(xmpp.JID{}, phone), 1)
	same(t, "not subscribed to nodes of anybody", subscribed(xmpp.JID{}, lan), 0)
	same(t, "with subscribers", subscribed(lan, xmpp.JID{}), 1)
	for _, item := range []string{"1", "2"} {
		must[[]string](t)(ps.PublishItem(ctx, lan, "n", storage.Item{ID: item, Publisher: phone}, 9))
	}
	must[[]string](t)(ps.PublishItem(ctx, lan, "n", storage.Item{ID: "3", Publisher: lan}, 9))
	equal(t, "published by somebody", must[[]storage.Published](t)(ps.PublishedIn(ctx, phone, "x", "yes")), []storage.Published{{Owner: lan, Node: "n", IDs: []string{"1", "2"}}})
	same(t, "published in other nodes", len(must[[]storage.Published](t)(ps.PublishedIn(ctx, phone, "x", "no"))), 0)
	check(t, ps.DeleteNode(ctx, lan, "n"))
	check(t, ps.CreateNode(ctx, storage.Node{Owner: lan, Name: "n", Config: map[string]string{"x": "1"}}))
	same(t, "subscriptions to a new node", len(all()), 0)
	equal(t, "with a field", must[[]storage.Node](t)(ps.NodesWith(ctx, "x")), []storage.Node{{Owner: lan, Name: "n", Config: map[string]string{"x": "1"}}})
	same(t, "with another field", len(must[[]storage.Node](t)(ps.NodesWith(ctx, "y"))), 0)
}

func testItemAges(t *testing.T, s storage.Store) {
	ctx, ps := t.Context(), s.PubSub()
	host, lan := id("pubsub.example.com"), id("lan@example.com")
	check(t, ps.CreateNode(ctx, storage.Node{Owner: host, Name: "n"}))
	for i, it := range []storage.Item{{ID: "a"}, {ID: "b", Publisher: lan}, {ID: "c", Publisher: id("lan@example.com/phone")}, {ID: "a", Publisher: lan}} {
		it.At = day.Add(time.Duration(i) * time.Hour)
		must[[]string](t)(ps.PublishItem(ctx, host, "n", it, 9))
	}
	list := must[[]storage.Item](t)(ps.Items(ctx, host, "n", 0))
	same(t, "order", list[0].ID+list[1].ID+list[2].ID, "bca")
	same(t, "age of what was replaced", list[2].Born < list[0].Born && list[2].Seq > list[1].Seq, true)
	equal(t, "usage by publisher", must[map[xmpp.JID]int64](t)(ps.UsageBy(ctx, host)), map[xmpp.JID]int64{lan: 3 * (1 + storage.ItemOverhead)})
	equal(t, "expired", must[[]string](t)(ps.ExpireItems(ctx, host, "n", day.Add(150*time.Minute))), []string{"b", "c"})
	same(t, "none expired", len(must[[]string](t)(ps.ExpireItems(ctx, host, "n", day))), 0)
	same(t, "left", len(must[[]storage.Item](t)(ps.Items(ctx, host, "n", 0))), 1)
}

func testRooms(t *testing.T, s storage.Store) {
	ctx, rooms := t.Context(), s.Rooms()
	sales := storage.Room{JID: id("sales@groups.example.com"), Config: map[string]string{"membersonly": "1"},
		Subject: []byte("<message/>"), Group: id("sales@example.com"), Created: day}
	other := storage.Room{JID: id("x@groups.example.org"), Created: day}
	_, err := rooms.Room(ctx, sales.JID)
	wantErr(t, err, storage.ErrNotFound)
	check(t, rooms.PutRoom(ctx, sales))
	check(t, rooms.PutRoom(ctx, other))
	equal(t, "rooms of people without owner", must[[]xmpp.JID](t)(rooms.Ownerless(ctx)), []xmpp.JID{other.JID})
	equal(t, "room", must[storage.Room](t)(rooms.Room(ctx, sales.JID)), sales)
	sales.Subject, sales.Config, sales.Group = nil, nil, xmpp.JID{}
	check(t, rooms.SetAffiliations(ctx, sales.JID, []storage.Affiliation{{JID: id("lan@example.com"), Affiliation: "owner"}}))
	check(t, rooms.PutRoom(ctx, sales))
	equal(t, "rooms of a host", must[[]storage.Room](t)(rooms.Rooms(ctx, "groups.example.com")), []storage.Room{sales})
	equal(t, "all rooms", must[[]storage.Room](t)(rooms.Rooms(ctx, "")), []storage.Room{sales, other})
	equal(t, "rooms without owner", must[[]xmpp.JID](t)(rooms.Ownerless(ctx)), []xmpp.JID{other.JID})
	same(t, "affiliations of a replaced room", len(must[[]storage.Affiliation](t)(rooms.Affiliations(ctx, sales.JID))), 1)
	check(t, rooms.DeleteRoom(ctx, sales.JID))
	wantErr(t, rooms.DeleteRoom(ctx, sales.JID), storage.ErrNotFound)
	check(t, rooms.PutRoom(ctx, sales))
	same(t, "affiliations of a new room", len(must[[]storage.Affiliation](t)(rooms.Affiliations(ctx, sales.JID))), 0)
}

func testAffiliations(t *testing.T, s storage.Store) {
	ctx, rooms := t.Context(), s.Rooms()
	room, banned := id("sales@groups.example.com"), id("old@groups.example.com")
	an, lan, org := id("an@example.com"), id("lan@example.com"), id("example.org")
	wantErr(t, rooms.SetAffiliations(ctx, room, nil), storage.ErrNotFound)
	check(t, rooms.PutRoom(ctx, storage.Room{JID: room}))
	check(t, rooms.PutRoom(ctx, storage.Room{JID: banned}))
	check(t, rooms.SetAffiliations(ctx, banned, []storage.Affiliation{{JID: lan, Affiliation: "outcast"}}))
	a := storage.Affiliation{JID: an, Affiliation: "member", Nick: "Ân", Managed: true, Since: day}
	b := storage.Affiliation{JID: org, Affiliation: "outcast", Reason: "spam"}
	c := storage.Affiliation{JID: lan, Affiliation: "admin"}
	check(t, rooms.SetAffiliations(ctx, room, []storage.Affiliation{c, b, a}))
	equal(t, "affiliations", must[[]storage.Affiliation](t)(rooms.Affiliations(ctx, room)), []storage.Affiliation{a, b, c})
	equal(t, "one affiliation", must[storage.Affiliation](t)(rooms.Affiliation(ctx, room, an)), a)
	_, err := rooms.Affiliation(ctx, banned, an)
	wantErr(t, err, storage.ErrNotFound)
	c.Affiliation = "owner"
	check(t, rooms.SetAffiliations(ctx, room, []storage.Affiliation{c, {JID: org, Affiliation: "none"}, {JID: banned, Affiliation: "none"}}))
	equal(t, "changed", must[[]storage.Affiliation](t)(rooms.Affiliations(ctx, room)), []storage.Affiliation{a, c})
	equal(t, "rooms of somebody", must[[]xmpp.JID](t)(rooms.RoomsOf(ctx, lan)), []xmpp.JID{room})
	c.Affiliation = "member" // with the room, in one transaction
	check(t, rooms.PutRoom(ctx, storage.Room{JID: room}, c, b, storage.Affiliation{JID: an, Affiliation: "none"}))
	equal(t, "changed with the room", must[[]storage.Affiliation](t)(rooms.Affiliations(ctx, room)), []storage.Affiliation{b, c})
	last := storage.Affiliation{JID: lan, Affiliation: "owner"}
	check(t, rooms.PutRoom(ctx, storage.Room{JID: room}, c, last))
	equal(t, "the last of two counts", must[[]storage.Affiliation](t)(rooms.Affiliations(ctx, room)), []storage.Affiliation{b, last})
}

func testUploads(t *testing.T, s storage.Store) {
	ctx := t.Context()
	lan, an := id("lan@example.com"), id("an@example.com")
	kept := storage.Upload{ID: "kept", Owner: lan, Name: "a b.png", Type: "image/png", Size: 100, Created: day, Stored: true}
	over := storage.Upload{ID: "over", Owner: lan, Size: 20, Created: day.Add(time.Minute), Expires: day.Add(time.Hour), Stored: true}
	open := storage.Upload{ID: "open", Owner: an, Size: 3, Created: day.Add(2 * time.Minute)}
	for _, u := range []storage.Upload{kept, over, open} {
		check(t, s.PutUpload(ctx, u))
	}
	equal(t, "upload", must[storage.Upload](t)(s.Upload(ctx, "over")), over)
	equal(t, "own uploads", must[[]storage.Upload](t)(s.Uploads(ctx, lan, 9)), []storage.Upload{over, kept})
	equal(t, "all uploads", must[[]storage.Upload](t)(s.Uploads(ctx, xmpp.JID{}, 2)), []storage.Upload{open, over})
	total, recent, err := s.UploadUsage(ctx, lan, over.Created)
	check(t, err)
	equal(t, "usage", []int64{total, recent}, []int64{120, 20})
	expired := func(at, unstored time.Time) []storage.Upload {
		return must[[]storage.Upload](t)(s.ExpiredUploads(ctx, at, unstored, 9))
	}
	same(t, "nothing expired", len(expired(day, day)), 0)
	equal(t, "expired", expired(over.Expires, open.Created), []storage.Upload{over})
	equal(t, "not filled", expired(day, day.Add(time.Hour)), []storage.Upload{open})
	open.Stored, open.Size = true, 4
	check(t, s.PutUpload(ctx, open))
	equal(t, "stored", must[storage.Upload](t)(s.Upload(ctx, "open")), open)
	check(t, s.DeleteUpload(ctx, "open"))
	check(t, s.DeleteUpload(ctx, "open"))
	_, err = s.Upload(ctx, "open")
	wantErr(t, err, storage.ErrNotFound)
	total, recent, err = s.UploadUsage(ctx, an, day)
	check(t, err)
	same(t, "usage of nothing", total+recent, 0)
}

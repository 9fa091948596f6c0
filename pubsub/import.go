package pubsub

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"myna/storage"
	"myna/xmpp"
	xforms "myna/xmpp/form"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// Import takes the nodes of an account (XEP-0227 § 4.10).
func (s *Service) Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake {
	return &intake{s: s, account: account.Bare(), dry: dry, tell: tell, fresh: map[string]bool{}, later: map[string]Settings{}}
}

type intake struct {
	s       *Service
	account xmpp.JID
	dry     bool
	tell    pie.Ledger
	fresh   map[string]bool     // the nodes that were made; true while their configuration has not come
	later   map[string]Settings // of nodes in collections that have not come
}

// The kinds of what is imported.
const (
	kindNodes  = "nodes"
	kindItems  = "items"
	kindPeople = "subscriptions and affiliations of nodes"
)

// Take takes an element of a user.
func (x *intake) Take(ctx context.Context, e *xmpp.Element) (bool, error) {
	var take func(context.Context, *state, string, *xmpp.Element) error
	for child := range e.Elements() {
		switch {
		case child.Is(ns.PubSubOwner, "configure"):
			take = x.configure
		case child.Is(ns.PubSubOwner, "affiliations"):
			take = x.affiliations
		case child.Is(ns.PubSubOwner, "subscriptions"):
			take = x.subscriptions
		case child.Is(ns.PubSub, "items"):
			take = x.items
		default:
			return false, nil
		}
		name := child.Attr("node")
		if name == "" || len(name) > maxID {
			x.tell(kindNodes, pie.Refused, "a node has no name, or one that is too long")
			return true, nil
		}
		st := x.s.open(x.account)
		err := take(ctx, st, name, child)
		x.s.close(st)
		if err != nil {
			return true, err
		}
	}
	return take != nil || len(e.Nodes) == 0 && (e.Is(ns.PubSub, "pubsub") || e.Is(ns.PubSubOwner, "pubsub")), nil
}

// configure makes a node as it was elsewhere (§ 4.10.1). One that is there stays as it is. Where it is not said who may read it,
// nobody else may: what was private is not shown even for the moment until somebody says so.
func (x *intake) configure(ctx context.Context, st *state, name string, e *xmpp.Element) error {
	set := x.settings(e.Child(ns.DataForm, "x"))
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := x.s.find(ctx, st, name)
	switch {
	case err != nil:
		return err
	case n != nil && n.stored && !x.fresh[name]:
		x.tell(kindNodes, pie.Kept, "")
		return nil
	case x.dry:
		x.tell(kindNodes, pie.Added, "")
		return nil
	}
	if _, said := set[FieldAccess]; !said && (n == nil || n.own == nil) {
		set[FieldAccess] = AccessWhitelist
	}
	err = x.make(ctx, st, n, name, set)
	var refused *xmpp.Refusal
	if errors.As(err, &refused) {
		x.later[name] = set
		return nil
	}
	return err
}

// make creates a node, or configures one that was created because its items came first.
func (x *intake) make(ctx context.Context, st *state, n *node, name string, set Settings) error {
	var err error
	if n != nil && n.stored {
		err = x.s.configure(ctx, st, n, set, st.owner)
	} else {
		_, err = x.s.create(ctx, st, name, set, st.owner)
	}
	if err == nil {
		x.fresh[name] = false
		x.tell(kindNodes, pie.Added, "")
	}
	return err
}

// settings reads a configuration. Fields that are not known here, or have values that are not, are left out (§ 4.10.1); but who may
// read a node is not guessed.
func (x *intake) settings(e *xmpp.Element) Settings {
	set := Settings{}
	if e == nil {
		return set
	}
	form := *e
	form.Attrs = nil
	values, err := xforms.Read(form.Set("type", "submit")) // some write the configuration as a form, and some as one filled out
	if err != nil {
		return Settings{FieldAccess: AccessWhitelist}
	}
	for name, list := range values {
		f := fieldIn(fields, name)
		if f == nil || name == fieldChildren { // the children know it
			continue
		}
		v, ok := f.normal(list)
		switch {
		case ok:
			set[name] = v
		case name == FieldAccess:
			set[name] = AccessWhitelist
		}
	}
	return set
}

// node returns a node that something belongs to. Where it is not there it is made; until its configuration has come, nobody else
// may read it, and it keeps all.
func (x *intake) node(ctx context.Context, st *state, name string) (*node, error) {
	n, err := x.s.find(ctx, st, name)
	if err != nil || n != nil && n.stored || x.dry {
		return n, err
	}
	set := Settings{FieldMaxItems: most}
	if n == nil || n.own == nil { // else it is known who may read it
		set[FieldAccess] = AccessWhitelist
	}
	if n, err = x.s.create(ctx, st, name, set, st.owner); err == nil {
		x.fresh[name] = true
	}
	return n, err
}

// affiliations adds who is what to a node, where nothing is said of them here.
func (x *intake) affiliations(ctx context.Context, st *state, name string, e *xmpp.Element) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := x.node(ctx, st, name)
	if err != nil || n == nil {
		return x.refused(kindNodes, err)
	}
	if err := x.s.people(ctx, st, n); err != nil {
		return err
	}
	for a := range e.Elements() {
		j, err := xmpp.ParseJID(a.Attr("jid"))
		is := a.Attr("affiliation")
		_, there := n.affiliations[j]
		switch {
		case err != nil || !slices.Contains([]string{owner, publisher, publishOnly, member, outcast}, is):
			x.tell(kindPeople, pie.Refused, "an affiliation is none")
		case there || j.Bare() == x.account:
			x.tell(kindPeople, pie.Kept, "")
		case len(n.affiliations) >= x.s.config(st.owner).NodePeople:
			x.tell(kindPeople, pie.Refused, fmt.Sprintf("a node may have %d affiliations", x.s.config(st.owner).NodePeople))
		default:
			x.tell(kindPeople, pie.Added, "")
			if x.dry {
				continue
			}
			if err := x.s.Store.SetAffiliation(ctx, st.owner, name, j, is); err != nil {
				return err
			}
			n.affiliations[j] = is
		}
	}
	return nil
}

// subscriptions adds who has subscribed to a node.
func (x *intake) subscriptions(ctx context.Context, st *state, name string, e *xmpp.Element) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := x.node(ctx, st, name)
	if err != nil || n == nil {
		return x.refused(kindNodes, err)
	}
	if err := x.s.people(ctx, st, n); err != nil {
		return err
	}
	for u := range e.Elements() {
		j, err := xmpp.ParseJID(u.Attr("jid"))
		is := u.Attr("subscription")
		if is == "" {
			is = u.Attr("subscribed") // COMPAT(Prosody 0.12, 2023): it writes the wrong name
		}
		there := slices.ContainsFunc(n.subscriptions, func(have *subscription) bool { return have.JID == j })
		switch {
		case err != nil || is != "subscribed" && is != "pending":
			x.tell(kindPeople, pie.Refused, "a subscription of a node is none")
		case there:
			x.tell(kindPeople, pie.Kept, "")
		case len(n.subscriptions) >= x.s.config(st.owner).NodePeople:
			x.tell(kindPeople, pie.Refused, fmt.Sprintf("a node may have %d subscriptions", x.s.config(st.owner).NodePeople))
		default:
			x.tell(kindPeople, pie.Added, "")
			if x.dry {
				continue
			}
			id := u.Attr("subid")
			if id == "" {
				id = xmpp.NewID()
			}
			if err := x.s.keep(ctx, st, n, &subscription{Subscription: storage.Subscription{JID: j, ID: id, State: is}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// items adds items of a node (§ 4.10.2).
func (x *intake) items(ctx context.Context, st *state, name string, e *xmpp.Element) error {
	for item := range e.Elements() {
		if !item.Is(ns.PubSub, "item") || item.Attr("id") == "" {
			x.tell(kindItems, pie.Refused, "an item has no id")
			continue
		}
		it, err := x.s.parseItem(x.account, item)
		if err == nil {
			it.Publisher = x.account
			if j, err := xmpp.ParseJID(item.Attr("publisher")); err == nil {
				it.Publisher = j
			}
			err = x.item(ctx, st, name, it)
		}
		if errors.Is(err, Taken) {
			continue
		}
		if err := x.refused(kindItems, err); err != nil {
			return err
		}
	}
	return nil
}

// errThere is what item returns where the account has something already that stays.
var errThere = errors.New("there is something already")

// refused tells what has become of a thing that was not added.
func (x *intake) refused(kind string, err error) error {
	var refused *xmpp.Refusal
	switch {
	case errors.As(err, &refused):
		x.tell(kind, pie.Refused, pie.Why(err))
	case errors.Is(err, errThere):
		x.tell(kind, pie.Kept, "")
	case err != nil:
		return err
	}
	return nil
}

// item keeps an item, without telling those who are interested: to them it is not new.
func (x *intake) item(ctx context.Context, st *state, name string, it *storage.Item) error {
	if own := x.s.registered(st.owner, name); own != nil && own.Virtual != nil {
		kept, err := own.Virtual.Import(ctx, st.owner, *it)
		if err != nil {
			return err
		}
		it = &kept
	}
	if err := x.keep(ctx, st, name, it); err != nil {
		return err
	}
	x.tell(kindItems, pie.Added, "")
	if !x.dry {
		x.s.tell(Change{Owner: st.owner, Node: name, Published: it})
	}
	return nil
}

func (x *intake) keep(ctx context.Context, st *state, name string, it *storage.Item) error {
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := x.node(ctx, st, name)
	if err != nil || n == nil {
		return err
	}
	limit := x.s.maxItems(st, n)
	there, err := x.there(ctx, st, n, it, limit)
	switch {
	case err != nil:
		return err
	case there:
		return errThere
	case x.s.isCollection(st, n) || limit == 0:
		return impossible("A node keeps no items.")
	case x.dry:
		return nil
	}
	if err := x.s.fits(ctx, st, name, it); err != nil {
		return err
	}
	it.At = x.s.Now().UTC()
	if _, err := x.s.Store.PublishItem(ctx, st.owner, name, *it, limit); err != nil {
		return err
	}
	n.keepLast(it)
	return nil
}

// there tells whether the account has an item already, or has filled a node with others that stay.
func (x *intake) there(ctx context.Context, st *state, n *node, it *storage.Item, limit int) (bool, error) {
	if !n.stored {
		return false, nil
	}
	if there, err := x.s.Store.HasItem(ctx, st.owner, n.name, it.ID); err != nil || there {
		return there, err
	}
	if _, fresh := x.fresh[n.name]; fresh {
		return false, nil
	}
	count, err := x.s.Store.CountItems(ctx, st.owner, n.name)
	return count >= limit, err
}

// End makes the nodes that had to wait for collections, as long as there is progress.
func (x *intake) End(ctx context.Context) error {
	for progress := true; progress && len(x.later) > 0; {
		progress = false
		for _, name := range slices.Sorted(maps.Keys(x.later)) {
			err := x.again(ctx, name)
			if err == nil {
				delete(x.later, name)
				progress = true
			}
			var refused *xmpp.Refusal
			if err != nil && !errors.As(err, &refused) {
				return err
			}
		}
	}
	for range x.later {
		x.tell(kindNodes, pie.Refused, "a node cannot be configured as it was")
	}
	for _, open := range x.fresh {
		if open {
			x.tell(kindNodes, pie.Added, "")
		}
	}
	return nil
}

func (x *intake) again(ctx context.Context, name string) error {
	st := x.s.open(x.account)
	defer x.s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := x.s.find(ctx, st, name)
	if err != nil {
		return err
	}
	return x.make(ctx, st, n, name, x.later[name])
}

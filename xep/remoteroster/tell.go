package remoteroster

import (
	"context"
	"errors"
	"sync"

	"myna/guard"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// maxTasks is how many tasks wait. What is too much is not told to entities, which ask for the list again.
const maxTasks = 10_000

// tasks are done one after another, so that an entity hears of changes in their order.
type tasks struct {
	wake chan struct{} // holds one

	mu   sync.Mutex
	list []func(context.Context) // guarded by mu
}

// add is false where too many wait. It does not block.
func (t *tasks) add(f func(context.Context)) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.list) >= maxTasks {
		return false
	}
	t.list = append(t.list, f)
	select {
	case t.wake <- struct{}{}:
	default:
	}
	return true
}

func (t *tasks) take() []func(context.Context) {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := t.list
	t.list = nil
	return list
}

// Run does what waits, until ctx ends.
func (m *RemoteRoster) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-m.tasks.wake:
		}
		for _, f := range m.tasks.take() {
			guard.Call(m.Logger, "remote roster", func() { f(ctx) })
		}
	}
}

// later has something done on the module's goroutine.
func (m *RemoteRoster) later(what string, f func(context.Context) error) {
	ok := m.tasks.add(func(ctx context.Context) {
		if err := f(ctx); err != nil && ctx.Err() == nil {
			m.Logger.Error("remote roster failed", "what", what, "err", err)
		}
	})
	if !ok {
		m.Logger.Warn("remote roster has too much to do", "what", what)
	}
}

// Changed tells the entities of a contact's domain that the contact is different for an account (§ 4.3: a MUST), but for
// the one that has made it so. It is called with the account's list locked.
func (m *RemoteRoster) Changed(account, contact, by xmpp.JID, item *xmpp.Element) {
	for _, entity := range m.entities(account, contact.Domain()) {
		if entity == by.Bare() {
			continue
		}
		m.later("forward a contact", func(ctx context.Context) error {
			g, ok, err := m.may(ctx, account, entity)
			if ok {
				m.tell(account, &g, xmpp.El(ns.Roster, "query", item))
			}
			return err
		})
	}
}

// entities are those of a domain that may ask an account.
func (m *RemoteRoster) entities(account xmpp.JID, domain string) (list []xmpp.JID) {
	for _, text := range m.Config.Of(account.Domain()).Entities {
		if j, err := xmpp.ParseJID(text); err == nil && j.Domain() == domain {
			list = append(list, j)
		}
	}
	return list
}

// Related is told that a contact may see more or less of an account. With the subscription of an entity its permission ends, and
// an open question; it has to ask again (§ 4.1.3). That is done at once: a subscription that comes back soon brings nothing back.
func (m *RemoteRoster) Related(account, contact xmpp.JID) {
	if !m.Config.Of(account.Domain()).names(contact) || m.SharesPresence(account, contact) {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	if err := m.end(ctx, account, contact.Bare()); err != nil {
		m.Logger.Error("permission to manage contacts not ended", "account", account.String(), "entity", contact.String(), "err", err)
	}
}

// end forgets an entity that sees the account no more, and tells it.
func (m *RemoteRoster) end(ctx context.Context, account, entity xmpp.JID) error {
	g, err := m.grants.drop(ctx, account, entity)
	if err != nil {
		return err
	}
	if g.State == stateAllowed || g.State == stateAsked {
		m.tell(account, &g, answer(rejected))
	}
	return nil
}

// Forget takes from an account that was deleted what others have allowed to it: whoever gets its address later is somebody
// else. Its own grants go with its documents.
func (m *RemoteRoster) Forget(account xmpp.JID) {
	for _, host := range m.Hosts {
		if !m.Config.Of(host).names(account) {
			continue
		}
		m.later("forget an entity", func(ctx context.Context) error {
			var errs []error
			for a := range m.Each(host) {
				_, err := m.grants.drop(ctx, a.JID, account.Bare())
				errs = append(errs, err)
			}
			return errors.Join(errs...)
		})
	}
}

// tell sends a request to an entity in the name of an account. Nothing depends on its answer. An account of this server is told
// at those of its clients that have used the protocol: requests to its bare address are the server's to answer.
func (m *RemoteRoster) tell(account xmpp.JID, g *grant, payload *xmpp.Element) {
	if m.Apart(account, g.Entity) {
		return
	}
	t, ours := m.Router.Target(g.Entity.Domain())
	if !ours || t != hook.Server || g.Entity.Local() == "" {
		to := g.Entity
		if to.Local() != "" {
			to = g.Via
		}
		m.told(account, g.Entity, m.Router.AskService(xmpp.NewIQ(account, to, xmpp.TypeSet, "", payload), ignored))
		return
	}
	for _, s := range m.Router.Sessions(g.Entity) {
		if m.speaks.Load(s) {
			m.told(account, g.Entity, m.Router.Ask(xmpp.NewIQ(account, s.JID(), xmpp.TypeSet, "", payload), ignored))
		}
	}
}

func ignored(*xmpp.Stanza, error) {}

func (m *RemoteRoster) told(account, entity xmpp.JID, err error) {
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		m.Logger.Warn("entity not told", "account", account.String(), "entity", entity.String(), "err", err)
	}
}

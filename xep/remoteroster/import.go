package remoteroster

import (
	"context"
	"fmt"

	"myna/xmpp"
	"myna/xmpp/ns"
	"myna/xmpp/pie"
)

// Import takes whom an account has allowed to manage contacts.
func (m *RemoteRoster) Import(account xmpp.JID, dry bool, tell pie.Ledger) pie.Intake {
	return &intake{m, account.Bare(), dry, tell}
}

type intake struct {
	m       *RemoteRoster
	account xmpp.JID
	dry     bool
	tell    pie.Ledger
}

// Take takes an element of a user.
func (x *intake) Take(ctx context.Context, e *xmpp.Element) (bool, error) {
	if !e.Is(ns.RosterManagement, "query") {
		return false, nil
	}
	const kind = "managers of contacts"
	for item := range e.Elements() {
		entity, err := xmpp.ParseJID(item.Attr("jid"))
		if err != nil || !item.Is(ns.RosterManagement, "item") {
			x.tell(kind, pie.Refused, "who manages contacts is not named")
			continue
		}
		if n := len(item.Attr("reason")); n > maxReason {
			x.tell(kind, pie.Refused, fmt.Sprintf("a reason may have %d bytes; this one has %d", maxReason, n))
			continue
		}
		added, err := x.m.grants.restore(ctx, x.account, grant{Entity: entity.Bare(), Via: entity, Reason: item.Attr("reason"), State: stateAllowed, At: x.m.Now()}, x.dry)
		if err != nil {
			return true, err
		}
		if added {
			x.tell(kind, pie.Added, "")
		} else {
			x.tell(kind, pie.Kept, "")
		}
	}
	return true, nil
}

// End has nothing left to do.
func (*intake) End(context.Context) error { return nil }

// restore writes what an account had allowed elsewhere, unless it has said something here.
func (x *grants) restore(ctx context.Context, account xmpp.JID, g grant, dry bool) (added bool, err error) {
	x.change.Lock()
	defer x.change.Unlock()
	have, err := x.of(ctx, account, g.Entity)
	if err != nil || have.State != "" || dry {
		return have.State == "", err
	}
	g.Created = x.created(g.Entity)
	return true, x.put(ctx, account, &g)
}

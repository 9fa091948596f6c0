package push

import (
	"context"
	"strconv"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/guard"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// job is something for Run: exactly one of the fields behind owner is set.
type job struct {
	owner   xmpp.JID
	note    *note         // a message came
	load    bool          // its registrations will be asked for
	revoked *Registration // its service takes no more
	done    *outcome      // a service has answered
}

// note is a message to tell of.
type note struct {
	from            xmpp.JID
	body            string
	room, mentioned bool // it was said in a room, and mentions who is notified
}

// outcome is how a publication went.
type outcome struct {
	at   target
	fate fate
}

type fate uint8

const (
	taken     fate = iota
	transient      // the service could not be asked, or asks to wait
	refused
)

// target is a registration of an account.
type target struct {
	owner, service xmpp.JID
	node           string
}

// state is what Run knows of the present. Only its goroutine touches it.
type state struct {
	busy  map[target]*pending // publications that no service has answered
	fails map[target]int      // failures in a row
	later map[target]retry    // publications that failed and are tried again
}

// pending is a publication under way, with the note that came meanwhile: of many only the last is told.
type pending struct {
	since      time.Time
	note, next *note
}

// retry is a publication that is tried again.
type retry struct {
	at   time.Time
	note *note
}

// patience is how long a publication is under way at most: the router gives up before, but its word may be lost while
// the queue is full.
const patience = 2 * time.Minute

func (s *state) start() {
	s.busy, s.fails, s.later = map[target]*pending{}, map[target]int{}, map[target]retry{}
}

// maxKept bounds the tables of what failed, which begin anew when it is reached.
const maxKept = 100_000

// maxFails is how many failures in a row end a registration (§ 7.1): with the pauses in between, after about a day.
const maxFails = 30

// Pauses before a publication is tried again: the first, doubled with each failure up to the last.
const (
	firstPause = 30 * time.Second
	lastPause  = time.Hour
)

func pause(fails int) time.Duration { return min(lastPause, firstPause<<min(fails-1, 10)) }

// Run notifies until ctx ends.
func (p *Push) Run(ctx context.Context) {
	again := time.NewTicker(firstPause / 2)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-again.C:
			guard.Call(p.Logger, "notifications tried again", func() { p.retry(ctx, now) })
		case j := <-p.queue:
			guard.Call(p.Logger, "notification", func() { p.work(ctx, j) }, "account", j.owner.String())
		}
	}
}

func (p *Push) work(ctx context.Context, j job) {
	switch {
	case j.note != nil:
		p.announce(ctx, j.owner, j.note)
	case j.load:
		if _, err := p.registrations.of(ctx, j.owner); err != nil {
			p.Logger.Error("push registrations not read", "account", j.owner.String(), "err", err)
		}
	case j.revoked != nil:
		p.drop(ctx, target{j.owner, j.revoked.Service, j.revoked.Node})
	case j.done != nil:
		p.finish(ctx, *j.done)
	}
}

// announce publishes a note to all services of an account.
func (p *Push) announce(ctx context.Context, owner xmpp.JID, n *note) {
	list, err := p.registrations.of(ctx, owner)
	if err != nil {
		p.Logger.Error("push registrations not read", "account", owner.String(), "err", err)
		return
	}
	if len(list) == 0 || !p.Enabled(owner) || n.room && p.Wants != nil && !p.Wants(ctx, owner, n.from.Bare(), n.mentioned) {
		return
	}
	p.counts.add(owner)
	for _, r := range list {
		p.publish(owner, r, n)
	}
}

// publish asks one service to tell of a note (§ 7), or leaves that for when it has answered the one before.
func (p *Push) publish(owner xmpp.JID, r Registration, n *note) {
	at := target{owner, r.Service, r.Node}
	if under := p.state.busy[at]; under != nil && time.Since(under.since) < patience {
		under.next = n
		return
	}
	iq := xmpp.NewIQ(owner.DomainJID(), r.Service, xmpp.TypeSet, "", p.payload(owner, r, n))
	p.state.busy[at] = &pending{since: time.Now(), note: n}
	delete(p.state.later, at)
	err := p.Router.Ask(iq, func(answer *xmpp.Stanza, err error) {
		p.put(job{owner: owner, done: &outcome{at, judge(answer, err)}})
	})
	if err != nil {
		p.finish(context.Background(), outcome{at, transient})
	}
}

// judge tells what an answer means (§ 7.1): an error of type wait may be over tomorrow, and so may be a network's.
func judge(answer *xmpp.Stanza, err error) fate {
	if err != nil {
		return transient
	}
	if answer.Type != xmpp.TypeError {
		return taken
	}
	e, err := answer.Element(answer.Find(ns.Client, "error"))
	if err != nil {
		return refused
	}
	for _, c := range []stanza.Condition{stanza.RemoteServerNotFound, stanza.RemoteServerTimeout, stanza.RecipientUnavailable} {
		if e.Child(ns.Stanzas, string(c)) != nil {
			return transient
		}
	}
	if e.Attr("type") == "wait" {
		return transient
	}
	return refused
}

// finish takes note of how a publication went, and publishes what came meanwhile.
func (p *Push) finish(ctx context.Context, o outcome) {
	under := p.state.busy[o.at]
	delete(p.state.busy, o.at)
	switch o.fate {
	case taken:
		delete(p.state.fails, o.at)
	case transient:
		if under == nil {
			return
		}
		if len(p.state.fails) >= maxKept {
			clear(p.state.fails)
			clear(p.state.later)
		}
		n := under.note
		if under.next != nil {
			n = under.next
		}
		p.state.fails[o.at]++
		if fails := p.state.fails[o.at]; fails >= maxFails {
			p.drop(ctx, o.at)
		} else {
			p.state.later[o.at] = retry{time.Now().Add(pause(fails)), n}
		}
		return
	case refused:
		p.drop(ctx, o.at)
		return
	}
	if under != nil && under.next != nil {
		p.again(ctx, o.at, under.next)
	}
}

// retry publishes what failed before and is due, unless somebody has been there since.
func (p *Push) retry(ctx context.Context, now time.Time) {
	for at, r := range p.state.later {
		if now.Before(r.at) {
			continue
		}
		delete(p.state.later, at)
		if p.counts.of(at.owner) > 0 && !p.attended(at.owner, nil) {
			p.again(ctx, at, r.note)
		}
	}
}

// again publishes to a registration if it is there still.
func (p *Push) again(ctx context.Context, at target, n *note) {
	list, err := p.registrations.of(ctx, at.owner)
	if err != nil {
		p.Logger.Error("push registrations not read", "account", at.owner.String(), "err", err)
		return
	}
	for _, r := range list {
		if r.is(at.service, at.node) {
			p.publish(at.owner, r, n)
		}
	}
}

// drop ends a registration whose service does not want it (§ 7.1, § 8).
func (p *Push) drop(ctx context.Context, at target) {
	delete(p.state.fails, at)
	delete(p.state.later, at)
	list, err := p.registrations.of(ctx, at.owner)
	if err == nil {
		for _, r := range list {
			if !r.is(at.service, at.node) {
				continue
			}
			err = p.registrations.edit(ctx, at.owner, func(list []Registration) []Registration {
				return without(list, at.service, at.node, true)
			})
			p.Logger.Info("push service ended a registration", "account", at.owner.String(), "service", at.service.String())
		}
	}
	if err != nil {
		p.Logger.Error("push registration not removed", "account", at.owner.String(), "err", err)
	}
}

// payload is the publication (§ 7): the summary, and the options that the app has given.
func (p *Push) payload(owner xmpp.JID, r Registration, n *note) *xmpp.Element {
	summary := form.New("form", ns.PushSummary).Add(
		form.Field("text-single", "message-count", "", strconv.Itoa(max(1, p.counts.of(owner)))))
	details := p.Config.Of(owner.Domain()).Details
	if details != DetailsCount {
		summary.Add(form.Field("jid-single", "last-message-sender", "", n.from.String()))
	}
	if details == DetailsBody && n.body != "" {
		summary.Add(form.Field("text-single", "last-message-body", "", n.body))
	}
	publish := xmpp.El(ns.PubSub, "publish", xmpp.El(ns.PubSub, "item", xmpp.El(ns.Push, "notification", summary)))
	if r.Node != "" {
		publish.Set("node", r.Node)
	}
	e := xmpp.El(ns.PubSub, "pubsub", publish)
	if r.Options != "" {
		e.Add(xmpp.El(ns.PubSub, "publish-options").AddRaw([]byte(r.Options)))
	}
	return e
}

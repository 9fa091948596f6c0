package pubsub

import (
	"context"
	"slices"
	"sync"

	"myna/hook"
	"myna/xmpp"
)

// visit is a node to which an account has subscribed for as long as it is online (XEP-0060 § 12.5).
type visit struct {
	owner xmpp.JID
	node  string
}

// visits knows the temporary subscriptions of accounts that are online. A state that has some stays in memory.
type visits struct {
	mu sync.Mutex
	of map[xmpp.JID]map[visit]struct{} // by bare address of the subscriber; guarded by mu
	at map[xmpp.JID]int                // how many, by owner of the nodes; guarded by mu
}

func (v *visits) start() {
	v.of, v.at = map[xmpp.JID]map[visit]struct{}{}, map[xmpp.JID]int{}
}

func (v *visits) add(who xmpp.JID, to visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	who = who.Bare()
	if v.of[who] == nil {
		v.of[who] = map[visit]struct{}{}
	}
	if _, there := v.of[who][to]; !there {
		v.of[who][to] = struct{}{}
		v.at[to.owner]++
	}
}

// list returns the nodes that an account has subscribed to for the time being.
func (v *visits) list(who xmpp.JID) []visit {
	v.mu.Lock()
	defer v.mu.Unlock()
	var all []visit
	for to := range v.of[who.Bare()] {
		all = append(all, to)
	}
	return all
}

func (v *visits) remove(who xmpp.JID, to visit) {
	v.mu.Lock()
	defer v.mu.Unlock()
	who = who.Bare()
	if _, there := v.of[who][to]; !there {
		return
	}
	if delete(v.of[who], to); len(v.of[who]) == 0 {
		delete(v.of, who)
	}
	if v.at[to.owner]--; v.at[to.owner] == 0 {
		delete(v.at, to.owner)
	}
}

// hold tells whether an owner's nodes have temporary subscriptions.
func (v *visits) hold(owner xmpp.JID) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.at[owner] > 0
}

// online tells whether an address can get what is sent to those who are online: one of its sessions is available.
func (s *Service) online(who xmpp.JID) bool { return len(s.shows(who)) > 0 }

// shows are the states of the available sessions of an address of this server.
func (s *Service) shows(who xmpp.JID) []string {
	var list []string
	for _, p := range s.Router.Sessions(who.Bare()) {
		pres := p.Presence()
		if pres == nil || !who.IsBare() && p.JID() != who {
			continue
		}
		show := pres.Show
		if show == "" {
			show = showOnline
		}
		list = append(list, show)
	}
	return list
}

// gone ends the temporary subscriptions of a session that is not available any more.
func (s *Service) gone(p hook.Session) {
	for _, to := range s.temporary.list(p.JID()) {
		if err := s.leave(to, p.JID()); err != nil {
			s.Logger.Warn("temporary subscription not ended", "node", to.node, "subscriber", p.JID().String(), "err", err)
		}
	}
}

func (s *Service) leave(to visit, who xmpp.JID) error {
	ctx, cancel := context.WithTimeout(context.Background(), storeTime)
	defer cancel()
	st := s.open(to.owner)
	defer s.close(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	n, err := s.find(ctx, st, to.node)
	if err != nil || n == nil {
		s.temporary.remove(who, to)
		return err
	}
	left := false
	for _, u := range slices.Clone(n.subscriptions) {
		if !u.temporary || u.JID.Bare() != who.Bare() {
			continue
		}
		if s.online(u.JID) {
			left = true
			continue
		}
		n.drop(u)
	}
	if !left {
		s.temporary.remove(who, to)
	}
	return nil
}

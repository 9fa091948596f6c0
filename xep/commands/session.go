package commands

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"sync"
	"time"

	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// Bounds of sessions.
const (
	lifetime   = 10 * time.Minute // between two requests
	perClient  = 8
	altogether = 10000
)

// session is a command that is being executed by one client (§ 3.3).
type session struct {
	id      string
	command *command
	expires time.Time // guarded by the mu of sessions

	mu    sync.Mutex
	call  *call         // who, where and the command itself do not change; values are guarded by mu
	stage int           // guarded by mu
	shown *xmpp.Element // the stage's form; guarded by mu
	names [][]string    // of the fields of each stage that was shown; guarded by mu
	ended bool          // guarded by mu
}

// show goes to a stage. The caller holds mu, or nobody else has the session yet.
func (s *session) show(ctx context.Context, stage int) error {
	if stage > s.stage && stage < len(s.names) { // what was filled out there answered another form
		for _, name := range slices.Concat(s.names[stage:]...) {
			delete(s.call.values, name)
		}
	}
	x, err := s.command.forms[stage](ctx, s.call)
	if err != nil {
		return err
	}
	s.stage, s.shown = stage, x
	if stage == len(s.names) {
		s.names = append(s.names, nil)
	}
	s.names[stage] = fieldsOf(x)
	return nil
}

// fieldsOf names the fields of a form that somebody fills out.
func fieldsOf(x *xmpp.Element) []string {
	var names []string
	for f := range x.Elements() {
		if name := f.Attr("var"); f.Is(ns.DataForm, "field") && name != "" && name != "FORM_TYPE" {
			names = append(names, name)
		}
	}
	return names
}

// fill takes what was filled out (§ 3.5.1) if it answers the form.
func (s *session) fill(x *xmpp.Element) error {
	v := form.Values{}
	if x != nil {
		var err error
		if v, err = form.Read(x); err != nil {
			return bad("bad-payload", sentence(err))
		}
	}
	if err := form.Check(s.shown, v); err != nil {
		return bad("bad-payload", sentence(err))
	}
	for _, name := range fieldsOf(s.shown) { // nothing that was not asked for
		delete(s.call.values, name)
		if v.Has(name) {
			s.call.values[name] = v[name]
		}
	}
	return nil
}

// element is the answer of a status (§ 4.1), in the one language that the forms have (§ 3.7).
func (s *session) element(status string) *xmpp.Element {
	e := xmpp.El(ns.Commands, "command").Set("node", s.command.node).Set("sessionid", s.id).Set("status", status)
	e.Attrs = append(e.Attrs, xmpp.Attr{Space: ns.XML, Local: "lang", Value: "en"})
	return e
}

// executing is the answer that shows the stage's form and what can be done with it (§ 4.2).
func (s *session) executing() *xmpp.Element {
	actions := xmpp.El(ns.Commands, "actions")
	if s.stage > 0 {
		actions.Add(xmpp.El(ns.Commands, "prev"))
	}
	forward := "next"
	if s.stage == len(s.command.forms)-1 {
		forward = "complete"
	}
	actions.Set("execute", forward).Add(xmpp.El(ns.Commands, forward))
	return s.element("executing").Add(actions, form.Remember(s.shown, s.call.values))
}

// sessions are all that are open.
type sessions struct {
	mu    sync.Mutex
	m     map[string]*session // by id; guarded by mu
	count map[xmpp.JID]int    // by client; guarded by mu
}

// add opens a session; it is false where there are too many. A client that has too many loses the one that it has not gone on with
// for longest: some never end a command that was refused (§ 4.4: a session may end at any time).
func (x *sessions) add(s *session, now time.Time) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.m) >= altogether || x.count[s.call.who] >= perClient {
		x.makeRoom(s.call.who, now)
	}
	if len(x.m) >= altogether {
		return false
	}
	s.expires = now.Add(lifetime)
	x.m[s.id] = s
	x.count[s.call.who]++
	return true
}

// makeRoom drops what has expired, and the oldest of a client that has too many; the caller holds mu.
func (x *sessions) makeRoom(client xmpp.JID, now time.Time) {
	var oldest *session
	for id, old := range x.m {
		switch {
		case now.After(old.expires):
			x.drop(id)
		case old.call.who == client && (oldest == nil || old.expires.Before(oldest.expires)):
			oldest = old
		}
	}
	if x.count[client] >= perClient {
		x.drop(oldest.id)
	}
}

// find returns a session that is open, and gives it time again.
func (x *sessions) find(id string, now time.Time) *session {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.m[id]
	if s == nil {
		return nil
	}
	if now.After(s.expires) {
		x.drop(id)
		return nil
	}
	s.expires = now.Add(lifetime)
	return s
}

func (x *sessions) remove(id string) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.drop(id)
}

// drop takes a session out; the caller holds mu.
func (x *sessions) drop(id string) {
	s := x.m[id]
	if s == nil {
		return
	}
	delete(x.m, id)
	if x.count[s.call.who]--; x.count[s.call.who] <= 0 {
		delete(x.count, s.call.who)
	}
}

// forget ends the sessions of a client that has gone.
func (x *sessions) forget(client xmpp.JID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.count[client] == 0 {
		return
	}
	for id, s := range x.m {
		if s.call.who == client {
			x.drop(id)
		}
	}
}

// newID makes a session id that is not guessable, and that can be told from an invented one when it has ended (§ 4.4).
func (c *Commands) newID(who, at xmpp.JID, node string) string {
	id := xmpp.NewID()
	return id + c.mark(id, who, at, node)
}

// issued tells whether an id is one of ours, for this client and command.
func (c *Commands) issued(id string, who, at xmpp.JID, node string) bool {
	const n = 16 // of xmpp.NewID
	return len(id) > n && hmac.Equal([]byte(id[n:]), []byte(c.mark(id[:n], who, at, node)))
}

func (c *Commands) mark(id string, who, at xmpp.JID, node string) string {
	h := hmac.New(sha256.New, c.Secret)
	for _, s := range []string{id, who.String(), at.String(), node} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	return hex.EncodeToString(h.Sum(nil)[:8])
}

package commands

import (
	"context"
	"slices"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// take executes a command or goes on with it (§ 2.4).
func (c *Commands) take(t hook.Target) hook.RequestHandler {
	return func(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
		node, action := q.Payload.Attr("node"), q.Payload.Attr("action")
		if action == "" {
			action = "execute" // § 4.1
		}
		if !slices.Contains([]string{"execute", "cancel", "prev", "next", "complete"}, action) {
			return nil, bad("malformed-action", "")
		}
		cmd := c.find(node)
		a, ok := c.asker(t, q)
		switch {
		case node == "":
			return nil, xmpp.Refuse(stanza.BadRequest, "A command has a node.") // § 4.1
		case cmd == nil && strings.HasPrefix(node, ns.Admin+"#"):
			return nil, xmpp.Refuse(stanza.FeatureNotImplemented, "") // XEP-0133 § 5
		case cmd == nil:
			return nil, xmpp.Refuse(stanza.ItemNotFound, "")
		case !ok || !cmd.allowed(&a):
			return nil, forbidden()
		}
		if id, ok := q.Payload.LookupAttr("", "sessionid"); ok {
			return c.goOn(ctx, &a, cmd, id, action, q.Payload)
		}
		switch action {
		case "execute":
			return c.begin(ctx, &call{asker: a, session: q.Session, values: form.Values{}}, cmd)
		case "cancel":
			return nil, bad("bad-sessionid", "There is nothing to cancel.")
		}
		return nil, bad("bad-action", "The command has not begun.")
	}
}

// begin starts a session of a command, or runs it at once where it needs no form (§ 2.4.1).
func (c *Commands) begin(ctx context.Context, k *call, cmd *command) (*xmpp.Element, error) {
	id := c.newID(k.who, k.at, cmd.node)
	s := &session{call: k, command: cmd, id: id}
	if len(cmd.forms) == 0 {
		return c.run(ctx, s)
	}
	if err := s.show(ctx, 0); err != nil {
		return nil, err
	}
	if !c.sessions.add(s, c.Now()) {
		return nil, xmpp.Refuse(stanza.ResourceConstraint, "Too many commands are open; try again later.")
	}
	return s.executing(), nil
}

// goOn continues a session (§ 2.4.2).
func (c *Commands) goOn(ctx context.Context, a *asker, cmd *command, id, action string, payload *xmpp.Element) (*xmpp.Element, error) {
	s := c.sessions.find(id, c.Now())
	if s == nil && c.issued(id, a.who, a.at, cmd.node) {
		return nil, xmpp.Refuse(stanza.NotAllowed, "The command has ended; begin again.").
			WithApp(xmpp.El(ns.Commands, "session-expired")) // § 4.4
	}
	if s == nil || s.call.who != a.who || s.call.at != a.at || s.command != cmd {
		return nil, bad("bad-sessionid", "")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil, xmpp.Refuse(stanza.NotAllowed, "").WithApp(xmpp.El(ns.Commands, "session-expired"))
	}
	s.call.account = a.account // rights may have changed since
	last := s.stage == len(cmd.forms)-1
	if action == "execute" { // § 3.4: what the form's actions say
		if action = "next"; last {
			action = "complete"
		}
	}
	switch {
	case action == "cancel": // § 2.4.3
		c.end(s)
		return s.element("canceled"), nil
	case action == "prev" && s.stage > 0:
		if err := s.show(ctx, s.stage-1); err != nil {
			return nil, err
		}
		return s.executing(), nil
	case action == "next" && !last, action == "complete" && last:
		if err := s.fill(payload.Child(ns.DataForm, "x")); err != nil {
			return nil, err
		}
	default:
		return nil, bad("bad-action", "") // it is none of the actions that were offered
	}
	if !last {
		if err := s.show(ctx, s.stage+1); err != nil {
			return nil, err
		}
		return s.executing(), nil
	}
	e, err := c.run(ctx, s)
	if err == nil { // after an error the form can be filled out anew
		c.end(s)
	}
	return e, err
}

func (c *Commands) end(s *session) {
	s.ended = true
	c.sessions.remove(s.id)
}

// run does what the command is for and describes how it ended.
func (c *Commands) run(ctx context.Context, s *session) (*xmpp.Element, error) {
	out, err := s.command.run(ctx, s.call)
	if err != nil {
		return nil, err
	}
	e := s.element("completed").Add(out.payload)
	if out.note != "" {
		kind := "info"
		if out.failed {
			kind = "error" // § 3.6
		}
		e.Add(xmpp.El(ns.Commands, "note").Set("type", kind).AddText(out.note))
	}
	return e, nil
}

// bad is a bad-request with a specific condition (§ 4.4).
func bad(condition, text string) error {
	return xmpp.Refuse(stanza.BadRequest, text).WithApp(xmpp.El(ns.Commands, condition))
}

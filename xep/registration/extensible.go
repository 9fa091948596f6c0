package registration

import (
	"context"
	"errors"
	"strings"

	"mellium.im/xmpp/stanza"
	"mellium.im/xmpp/stream"

	"myna/account/signup"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// The flows (XEP-0389 § 6.1).
const (
	openFlow    = "open"
	invitedFlow = "invitation"
)

// flowsOf lists the flows with the challenges that may come: forms, or a page.
func flowsOf(w signup.Ways, lang string) []*xmpp.Element {
	var list []*xmpp.Element
	if w.Open {
		list = append(list, flow(openFlow, wordsIn(lang).openFlow, lang, ns.DataForm))
	}
	if w.Invited {
		list = append(list, flow(invitedFlow, wordsIn(lang).invitedFlow, lang, ns.DataForm))
	}
	if w.Web {
		list = append(list, flow(webFlow, wordsIn(lang).webFlow, lang, ns.OOB))
	}
	return list
}

func flow(id, name, lang, challenge string) *xmpp.Element {
	e := xmpp.El(ns.Register2, "name").AddText(name)
	e.Attrs = append(e.Attrs, xmpp.Attr{Space: ns.XML, Local: "lang", Value: spoken(lang)})
	return xmpp.El(ns.Register2, "flow", e, xmpp.El(ns.Register2, "challenge").Set("type", challenge)).Set("id", id)
}

// noFlows answers who has signed in: there are no flows for them (§ 6.2).
func noFlows(_ context.Context, q *hook.Request) (*xmpp.Element, error) {
	return xmpp.El(ns.Register2, q.Payload.Local), nil
}

// noFlow answers who selects one of them (§ 6.3).
func noFlow(context.Context, *hook.Request) (*xmpp.Element, error) {
	return nil, xmpp.Refuse(stanza.ItemNotFound, "")
}

// Element goes on with a flow.
func (m newcomers) Element(ctx context.Context, n *hook.Newcomer, e *xmpp.Element) ([]*xmpp.Element, error) {
	v := visitOf(n)
	switch {
	case e.Space != ns.Register2 || !m.welcome(n):
		return nil, hook.ErrUnserved
	case e.Local == "register":
		return m.selectFlow(n, v, e)
	case e.Local == "recovery":
		return m.selectRecovery(n, v, e)
	case e.Local == "cancel" && v.flow != "": // § 6.5
		v.flow = ""
		return nil, nil
	case e.Local == "response" && v.flow != "":
		return m.respond(ctx, n, v, e)
	}
	return nil, hook.ErrUnserved
}

// invalidFlow is the error for a flow that was not offered (§ 6.3).
func invalidFlow() error {
	return &hook.StreamError{Stream: stream.UndefinedCondition, App: xmpp.El(ns.Register2, "invalid-flow")}
}

// selectFlow begins a flow (§ 6.3).
func (m newcomers) selectFlow(n *hook.Newcomer, v *visit, e *xmpp.Element) ([]*xmpp.Element, error) {
	id, w := selected(e), m.SignUp.Ways(n.Domain)
	switch {
	case id == openFlow && w.Open:
	case id == invitedFlow && (w.Invited || v.invitation != nil):
	case id == webFlow && w.Web:
	default:
		return nil, invalidFlow()
	}
	if v.made || v.tries >= maxTries {
		return m.cancel(v), nil
	}
	if v.flow = id; id == webFlow {
		return m.askElsewhere(n, v), nil
	}
	return m.ask(n, v, "", form.Values{}), nil
}

// selected is the flow that a client has chosen.
func selected(e *xmpp.Element) string {
	if flow := e.Child(ns.Register2, "flow"); flow != nil {
		return flow.Attr("id")
	}
	return ""
}

// success ends a flow with the account that it was about (§ 6.5).
func success(j xmpp.JID) []*xmpp.Element {
	return []*xmpp.Element{xmpp.El(ns.Register2, "success", xmpp.El(ns.Register2, "jid").AddText(j.String()), xmpp.El(ns.Register2, "username").AddText(j.Local()))}
}

// cancel ends a flow (§ 6.5).
func (m newcomers) cancel(v *visit) []*xmpp.Element {
	v.flow = ""
	return []*xmpp.Element{xmpp.El(ns.Register2, "cancel")}
}

// ask issues the next challenge (§ 6.4, § 7.1): who comes by an invitation and has shown none is asked for it first.
func (m newcomers) ask(n *hook.Newcomer, v *visit, problem string, values form.Values) []*xmpp.Element {
	if v.flow == invitedFlow && v.invitation == nil {
		v.challenge = tokenForm(n.Lang, problem)
	} else {
		name := kept(v.invitation)
		if name == "" {
			name = values.First("username")
		}
		v.challenge = accountForm(ns.Register2, n.Lang, problem, name, values.First("name"))
	}
	return []*xmpp.Element{xmpp.El(ns.Register2, "challenge", v.challenge).Set("type", ns.DataForm)}
}

// respond takes the response to a challenge. What was wrong is asked for again, as long as there is something to be done.
func (m newcomers) respond(ctx context.Context, n *hook.Newcomer, v *visit, e *xmpp.Element) ([]*xmpp.Element, error) {
	if v.flow == webFlow {
		return m.backFrom(n, v), nil
	}
	x := e.Child(ns.DataForm, "x")
	if x != nil && x.Attr("type") == "cancel" { // § 6.5
		v.flow = ""
		return nil, nil
	}
	if v.tries++; v.tries > maxTries {
		return m.cancel(v), nil
	}
	values, err := form.Read(x)
	if err == nil {
		err = form.Check(v.challenge, values)
	}
	switch lost := v.flow == lostFlow; {
	case err != nil && lost: // § 7.1: not what was asked for
		return m.askLost(n, v, sentence(err)), nil
	case err != nil:
		return m.ask(n, v, sentence(err), values), nil
	case lost:
		return m.recover(ctx, n, v, values)
	}
	if v.flow == invitedFlow && v.invitation == nil {
		v.invitation, err = m.SignUp.Find(ctx, n.Domain, values.First("token"), n.Remote)
		if err != nil {
			return m.again(n, v, values, err)
		}
		return m.ask(n, v, "", values), nil
	}
	j, err := m.create(ctx, n, v, values)
	if err != nil {
		return m.again(n, v, values, err)
	}
	v.flow = ""
	return success(j), nil
}

// again asks once more after a refusal, or ends the flow.
func (m newcomers) again(n *hook.Newcomer, v *visit, values form.Values, err error) ([]*xmpp.Element, error) {
	r, err := refusal(err)
	if err != nil {
		return nil, err
	}
	problem := wordsIn(n.Lang).about(r)
	if problem == "" || r.Reason == signup.BadToken && v.invitation != nil {
		return m.cancel(v), nil
	}
	return m.ask(n, v, problem, values), nil
}

// refusal is what somebody is refused by. Other errors stay errors.
func refusal(err error) (*signup.Refusal, error) {
	var r *signup.Refusal
	if errors.As(err, &r) {
		return r, nil
	}
	return nil, err
}

// sentence is an error for people as one.
func sentence(err error) string {
	s := err.Error()
	return strings.ToUpper(s[:1]) + s[1:] + "."
}

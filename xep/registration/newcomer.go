package registration

import (
	"context"
	"errors"
	"strings"

	"mellium.im/xmpp/stanza"

	"myna/account/signup"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/form"
	"myna/xmpp/ns"
)

// maxTries is how often somebody may ask for an account on one stream.
const maxTries = 8

// newcomers answers those who have no account yet.
type newcomers struct{ *Registration }

// visit is what is known of a stream of theirs.
type visit struct {
	invitation *storage.Invite // that they have shown the token of
	tries      int             // to make an account
	made       bool            // it succeeded
	flow       string          // of XEP-0389 that they are in; "" for none
	reset      *signup.Reset   // that they have shown the code of
	ticket     string          // of the page that they were sent to
	challenge  *xmpp.Element   // the form that they were shown last
}

func visitOf(n *hook.Newcomer) *visit {
	v, ok := n.State.(*visit)
	if !ok {
		v = &visit{}
		n.State = v
	}
	return v
}

// Features announces the ways to an account, nothing where there is none.
func (m newcomers) Features(n *hook.Newcomer) []*xmpp.Element {
	w := m.SignUp.Ways(n.Domain)
	var list []*xmpp.Element
	if w.Open || w.Invited || w.Web {
		list = append(list, xmpp.El(ns.RegisterStream, "register")) // XEP-0077 § 8
	}
	if w.Invited {
		list = append(list, xmpp.El(ns.RegisterToken, "register")) // XEP-0445 § 3
	}
	if flows := flowsOf(w, n.Lang); len(flows) > 0 {
		list = append(list, xmpp.El(ns.Register2, "register", flows...)) // XEP-0389 § 6.1
	}
	if w.Lost {
		list = append(list, xmpp.El(ns.Register2, "recovery", flow(lostFlow, wordsIn(n.Lang).lostFlow, n.Lang, ns.DataForm)))
	}
	return list
}

// welcome tells whether there are ways to an account on this stream. A token that was shown is good for as long as the stream
// lasts, whether it has expired meanwhile or not (XEP-0445 § 4).
func (m newcomers) welcome(n *hook.Newcomer) bool {
	v := visitOf(n)
	return m.SignUp.Ways(n.Domain) != signup.Ways{} || v.invitation != nil || v.flow != ""
}

// Request answers a request about an account.
func (m newcomers) Request(ctx context.Context, n *hook.Newcomer, typ string, payload *xmpp.Element) (*xmpp.Element, error) {
	v := visitOf(n)
	w := m.SignUp.Ways(n.Domain)
	w.Lost = false // it makes no account
	switch {
	case w == signup.Ways{} && v.invitation == nil:
		return nil, hook.ErrUnserved
	case payload.Is(ns.PreAuth, "preauth") && typ == xmpp.TypeSet:
		return nil, m.preauth(ctx, n, v, payload)
	case !payload.Is(ns.Register, "query"):
		return nil, hook.ErrUnserved
	case typ == xmpp.TypeGet:
		e, err := m.fields(n, v)
		return e, coded(err)
	}
	return nil, coded(m.register(ctx, n, v, payload))
}

// preauth takes a token (XEP-0445 § 4). It is not used before the account is made.
func (m newcomers) preauth(ctx context.Context, n *hook.Newcomer, v *visit, payload *xmpp.Element) error {
	i, err := m.SignUp.Find(ctx, n.Domain, payload.Attr("token"), n.Remote)
	var r *signup.Refusal
	switch {
	case err == nil:
		v.invitation = i
		return nil
	case errors.As(err, &r) && r.Reason == signup.BadToken:
		return xmpp.Refuse(stanza.ItemNotFound, "The provided token is invalid or expired.")
	}
	return shown(err)
}

// fields tells what is needed for an account (XEP-0077 § 3.1).
func (m newcomers) fields(n *hook.Newcomer, v *visit) (*xmpp.Element, error) {
	if v.invitation == nil && !m.SignUp.Ways(n.Domain).Open {
		if !m.SignUp.Ways(n.Domain).Web {
			return nil, uninvited()
		}
		page := m.Page(n.Domain) // § 5
		return xmpp.El(ns.Register, "query", xmpp.El(ns.Register, "instructions").AddText(wordsIn(n.Lang).elsewhere+" "+page),
			xmpp.El(ns.OOB, "x", xmpp.El(ns.OOB, "url").AddText(page))), nil
	}
	name := kept(v.invitation)
	return xmpp.El(ns.Register, "query",
		xmpp.El(ns.Register, "instructions").AddText(wordsIn(n.Lang).instructions),
		xmpp.El(ns.Register, "username").AddText(name),
		xmpp.El(ns.Register, "password"),
		accountForm(ns.Register, n.Lang, "", name, "")), nil
}

func uninvited() error {
	return xmpp.Refuse(stanza.Forbidden, "You need an invitation for an account here.")
}

// kept is the name that an invitation is for, "" where people choose.
func kept(i *storage.Invite) string {
	if i == nil {
		return ""
	}
	return i.Local
}

// register makes an account (§ 3.1). Whoever needs an invitation and has shown none learns nothing: nothing is looked at.
func (m newcomers) register(ctx context.Context, n *hook.Newcomer, v *visit, query *xmpp.Element) error {
	switch {
	case v.invitation == nil && !m.SignUp.Ways(n.Domain).Open:
		return uninvited()
	case query.Child(ns.Register, "remove") != nil:
		return xmpp.Refuse(stanza.UnexpectedRequest, "Sign in first.") // § 3.2
	case v.made: // § 3.1.1: a second identity
		return xmpp.Refuse(stanza.NotAcceptable, "You have made an account; sign in.")
	case v.tries >= maxTries: // § 3.1.1
		return xmpp.Refuse(stanza.NotAcceptable, "You have tried too often.")
	}
	v.tries++
	values, err := submitted(query)
	if err != nil {
		return err
	}
	_, err = m.create(ctx, n, v, values)
	return shown(err)
}

// submitted reads the plain elements or a form (§ 4).
func submitted(query *xmpp.Element) (form.Values, error) {
	v := form.Values{}
	for e := range query.Elements() {
		if e.Space == ns.Register && !strings.HasPrefix(e.Local, "instructions") {
			v[e.Local] = []string{e.Text()}
		}
	}
	x := query.Child(ns.DataForm, "x")
	if x == nil {
		return v, nil
	}
	if v.First("username") != "" || v.First("password") != "" { // § 4, rule 5
		return nil, xmpp.Refuse(stanza.BadRequest, "Send either the form or the fields, not both.")
	}
	v, err := form.Read(x)
	if t := v.Type(); err != nil || t != "" && t != ns.Register {
		return nil, xmpp.Refuse(stanza.BadRequest, "This is no form for an account.")
	}
	return v, nil
}

// create makes an account of what was filled out.
func (m newcomers) create(ctx context.Context, n *hook.Newcomer, v *visit, values form.Values) (xmpp.JID, error) {
	name, password := values.First("username"), values.First("password")
	if name == "" || password == "" { // XEP-0077 § 3.1
		return xmpp.JID{}, xmpp.Refuse(stanza.NotAcceptable, "Both a user name and a password are needed.")
	}
	j, err := m.SignUp.Create(ctx, signup.Request{
		Domain: n.Domain, Name: name, Password: password, Display: values.First("name"), Lang: spoken(n.Lang),
		Invitation: v.invitation, From: n.Remote, Door: "xmpp",
	})
	if err == nil {
		v.made = true
	}
	return j, err
}

// shown is the stanza error of a refusal; other errors stay as they are.
func shown(err error) error {
	var r *signup.Refusal
	if !errors.As(err, &r) {
		return err
	}
	condition := stanza.NotAcceptable
	switch r.Reason {
	case signup.Taken:
		condition = stanza.Conflict
	case signup.BadToken, signup.Closed:
		condition = stanza.Forbidden
	case signup.Slow, signup.Enough, signup.Full:
		condition = stanza.ResourceConstraint
	}
	return xmpp.Refuse(condition, r.Text)
}

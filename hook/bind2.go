package hook

import "myna/xmpp"

// binding is something that clients can ask for while they bind (XEP-0386).
type binding struct {
	space string
	f     func(s Session, asked *xmpp.Element) *xmpp.Element
}

// Bind2 returns the namespaces of which clients can ask for something while they bind, in the order of registration.
func (r *Registry) Bind2() []string {
	spaces := make([]string, len(r.bindings))
	for i, b := range r.bindings {
		spaces[i] = b.space
	}
	return spaces
}

// FireBind2 lets the modules do what a client asks for while it binds, and returns what they answer. Elements that no
// module knows are left out.
func (r *Registry) FireBind2(s Session, request *xmpp.Element) []*xmpp.Element {
	var answers []*xmpp.Element
	for asked := range request.Elements() {
		for _, b := range r.bindings {
			if b.space != asked.Space {
				continue
			}
			if e := b.f(s, asked); e != nil {
				answers = append(answers, e)
			}
		}
	}
	for _, f := range r.bound {
		if e := f(s); e != nil {
			answers = append(answers, e)
		}
	}
	return answers
}

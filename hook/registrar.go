package hook

import "myna/xmpp"

// Status says how much of a specification is implemented.
type Status string

// The statuses, in the words of DOAP (XEP-0453).
const (
	Complete Status = "complete"
	Partial  Status = "partial"
)

// Protocol is a row of docs/protocols.md and doap.xml.
type Protocol struct {
	Spec    string // "XEP-0280", "RFC 6121"
	Version string // "1.0.1"; "" for RFCs
	Status  Status
	Note    string // what is missing, or a limit; "" for none
}

// Identity is what a target is (XEP-0030 § 3.1).
type Identity struct{ Category, Type, Name string }

// StageHandler has a say in a stage: nil passes the stanza on, Drop ends its way silently, a stanza error is sent to the
// sender; another error is logged and sent as internal-server-error. In the stages after the commit, errors are logged.
type StageHandler func(p *Packet) error

// Handler takes the stanzas for a hosted service, or of a kind that one module is responsible for. Its errors are as in
// StageHandler.
type Handler func(p *Packet) error

// ServerHandler takes what is addressed to a domain of ours itself, if it is for it. Errors are as in StageHandler; with one
// the stanza's way has ended.
type ServerHandler func(p *Packet) (taken bool, err error)

// Event is something that happens to a session.
type Event uint8

// The events of a session.
const (
	Bound       Event = iota // it has its address (RFC 6120 § 7); nothing was sent yet
	Resumed                  // its stream was cut and continued (XEP-0198 § 5)
	Closed                   // it has ended and is not reachable any more; Presence still tells what it was
	Available                // its first presence, or its priority was negative: everyone has seen it, requests were delivered
	Updated                  // another presence of an available session: everyone has seen it
	Unavailable              // it was available; after that it may still come Available again, unless it is Closed
	Detached                 // its stream is cut, and it waits to be resumed (XEP-0198 § 5)
	events
)

// String returns the event's name.
func (e Event) String() string {
	return [...]string{"bound", "resumed", "closed", "available", "updated", "unavailable", "detached"}[e]
}

// Module registers itself.
type Module interface{ Register(*Registrar) }

// Registrar is what a module registers with. Errors (two modules for one request) end in a panic when the server is
// built: they are mistakes of the program.
type Registrar struct {
	reg    *Registry
	module string
}

// Protocol names a specification that the module implements.
func (r *Registrar) Protocol(p Protocol) {
	r.reg.Protocols = append(r.reg.Protocols, p)
	r.reg.log(r.module, "protocol", p.Spec, string(p.Status))
}

// Feature announces features of a target (XEP-0030 § 3).
func (r *Registrar) Feature(t Target, features ...string) {
	for _, f := range features {
		r.reg.features[t] = append(r.reg.features[t], f)
		r.reg.log(r.module, "feature", string(t), f)
	}
}

// FeatureOf announces a feature of those owners that have it: on asks at each request. It answers from memory.
func (r *Registrar) FeatureOf(t Target, feature string, on func(owner xmpp.JID) bool) {
	r.reg.featuresOf[t] = append(r.reg.featuresOf[t], featureOf{feature, on})
	r.reg.log(r.module, "feature", string(t), feature)
}

// Identity announces what a target is.
func (r *Registrar) Identity(t Target, id Identity) {
	r.reg.identities[t] = append(r.reg.identities[t], id)
	r.reg.log(r.module, "identity", string(t), id.Category+"/"+id.Type)
}

// Form adds a data form to a target's disco#info (XEP-0128). f is called at each request with the owner's address.
func (r *Registrar) Form(t Target, name string, f func(owner xmpp.JID) *xmpp.Element) {
	r.reg.forms[t] = append(r.reg.forms[t], f)
	r.reg.log(r.module, "form", string(t), name)
}

// IQ answers requests of a type ("get", "set") whose child has this name. Strangers to an account are answered as if
// there were none (RFC 6121 § 8.5.1), without the handler.
func (r *Registrar) IQ(t Target, typ, space, local string, h RequestHandler) {
	r.iq("iq", iqKey{t, typ, space, local}, request{h, false})
}

// PublicIQ is IQ for what an account may show to everybody: h is called for strangers too, whether the account exists or
// not, and what it answers and reads must be the same for both until there is something to show.
func (r *Registrar) PublicIQ(typ, space, local string, h RequestHandler) {
	r.iq("public-iq", iqKey{Account, typ, space, local}, request{h, true})
}

func (r *Registrar) iq(kind string, k iqKey, q request) {
	if _, ok := r.reg.iqs[k]; ok {
		panic("hook: two modules answer " + string(k.target) + " " + k.typ + " " + k.space + " " + k.local)
	}
	r.reg.iqs[k] = q
	r.reg.log(r.module, kind, string(k.target), k.typ+" "+k.local+" "+k.space)
}

// Sent takes part in a stage for stanzas that an account of ours sends.
func (r *Registrar) Sent(s Stage, h StageHandler) {
	r.reg.stages[Out][s] = append(r.reg.stages[Out][s], h)
	r.reg.log(r.module, "sent", s.String(), "")
}

// Received takes part in a stage for stanzas that an account of ours receives.
func (r *Registrar) Received(s Stage, h StageHandler) {
	r.reg.stages[In][s] = append(r.reg.stages[In][s], h)
	r.reg.log(r.module, "received", s.String(), "")
}

// Presence takes all presence that clients send (out) and that accounts receive (in). One module does it.
func (r *Registrar) Presence(out, in Handler) {
	if r.reg.PresenceOut != nil {
		panic("hook: two modules handle presence")
	}
	r.reg.PresenceOut, r.reg.PresenceIn = out, in
	r.reg.log(r.module, "presence", "", "")
}

// Host takes all stanzas that are addressed to a hosted service and its addresses. Without it the service only answers
// requests to the host itself, which modules register with IQ.
func (r *Registrar) Host(t Target, h Handler) {
	if _, ok := r.reg.hosts[t]; ok {
		panic("hook: two modules serve " + string(t))
	}
	r.reg.hosts[t] = h
	r.reg.log(r.module, "host", string(t), "")
}

// Address takes the messages to addresses of our domains that are no accounts but something else: known tells, from
// memory, whether a bare address is one. The sender's stages have run, the message is in the sender's archive; nothing of
// the addressee's stages has. h may run on the log's goroutine after a commit and must not block.
func (r *Registrar) Address(name string, known func(bare xmpp.JID) bool, h Handler) {
	r.reg.addresses = append(r.reg.addresses, address{known, h})
	r.reg.log(r.module, "address", "", name)
}

// ToServer takes stanzas of a kind, messages or directed presence, that are addressed to a domain of ours itself. Those that
// are registered are asked one after another, until one has taken it. Of a client's message the stages Screen and Amend have
// run, nothing is archived and copied; of presence the sender's session remembers whom it went to. h may block as long as
// a request handler may.
func (r *Registrar) ToServer(k xmpp.Kind, name string, h ServerHandler) {
	r.reg.toServer[k] = append(r.reg.toServer[k], h)
	r.reg.log(r.module, "to-server", k.String(), name)
}

// On follows an event of sessions. f runs on the session's goroutine.
func (r *Registrar) On(e Event, f func(Session)) {
	r.reg.events[e] = append(r.reg.events[e], f)
	r.reg.log(r.module, "on", e.String(), "")
}

// StreamFeature announces a feature on authenticated streams, before or after bind (RFC 6120 § 4.3.2).
func (r *Registrar) StreamFeature(e *xmpp.Element) {
	r.StreamFeatureOf(e.Local+" "+e.Space, func(string) *xmpp.Element { return e })
}

// StreamFeatureOf is StreamFeature for one that differs between domains. f is called for each stream.
func (r *Registrar) StreamFeatureOf(name string, f func(domain string) *xmpp.Element) {
	r.reg.streamFeatures = append(r.reg.streamFeatures, f)
	r.reg.log(r.module, "stream-feature", "", name)
}

// Bind2 lets clients ask for something of a namespace while they bind (XEP-0386 § 3.2), which announces it. f is called for
// each element of the namespace in a request, with a session that has its address and was sent nothing; what it returns,
// nil for nothing, is part of the answer. It runs on the session's goroutine.
func (r *Registrar) Bind2(space string, f func(s Session, asked *xmpp.Element) *xmpp.Element) {
	r.reg.bindings = append(r.reg.bindings, binding{space, f})
	r.reg.log(r.module, "bind2", "", space)
}

// Bound2 adds to the answer of each client that binds by XEP-0386, after what it asked for; f is as in Bind2.
func (r *Registrar) Bound2(name string, f func(Session) *xmpp.Element) {
	r.reg.bound = append(r.reg.bound, f)
	r.reg.log(r.module, "bound2", "", name)
}

// Items adds to a target's disco#items. f is called at each request.
func (r *Registrar) Items(t Target, name string, f ItemsHandler) {
	r.reg.items[t] = append(r.reg.items[t], f)
	r.reg.log(r.module, "items", string(t), name)
}

// Node describes nodes of a target in disco#info (XEP-0030 § 3.2). f is called at each request that names one.
func (r *Registrar) Node(t Target, name string, f NodeHandler) {
	r.reg.nodes[t] = append(r.reg.nodes[t], f)
	r.reg.log(r.module, "node", string(t), name)
}

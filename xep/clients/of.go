package clients

import (
	"cmp"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"time"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Client is who has access to an account.
type Client struct {
	ID          string    `json:"id"` // a reference, the same as long as the client is known
	Connected   bool      `json:"connected"`
	Used        bool      `json:"used"` // it has had a session
	First       time.Time `json:"first_seen,omitzero"`
	Last        time.Time `json:"last_seen,omitzero"`
	Auth        []Method  `json:"auth"`                   // how it has signed in; not empty
	AppPassword string    `json:"app_password,omitempty"` // the label of the one that it has signed in with
	Software    string    `json:"software,omitempty"`
	Device      string    `json:"device,omitempty"`
	Knows       bool      `json:"knows_password"` // the password of the account

	app, client string // what is ended when access is taken away
	certificate string // its name
	sessions    []hook.Session
}

// known are the clients of an account while they are collected.
type known struct {
	m       *Clients
	account xmpp.JID
	list    []*Client
	clients map[string]*Client // by how they call themselves
	handed  map[string]*Client // by their certificates
	labels  map[string]string  // of app passwords
}

// Of lists who has access to an account: those that are connected first, then those that were seen last.
func (m *Clients) Of(ctx context.Context, account xmpp.JID) ([]Client, error) {
	stored, err := m.Accounts.Clients(ctx, account)
	if err != nil {
		return nil, err
	}
	apps, err := m.Accounts.AppPasswords(ctx, account)
	if err != nil {
		return nil, err
	}
	handed, err := m.Accounts.Certificates(ctx, account)
	if err != nil {
		return nil, err
	}
	live, err := m.Accounts.Live(ctx, account)
	if err != nil {
		return nil, err
	}
	k := &known{m: m, account: account, clients: map[string]*Client{}, handed: map[string]*Client{}, labels: map[string]string{}}
	for _, a := range apps {
		k.labels[a.ID] = a.Label
	}
	for i := range stored {
		k.stored(&stored[i])
	}
	for i := range handed {
		c := k.add("certificate", handed[i].ID)
		c.Auth, c.Device, c.certificate = []Method{External}, handed[i].Name, handed[i].Name
		k.handed[handed[i].ID] = c
	}
	for i := range live {
		k.live(&live[i])
	}
	for i := range apps {
		k.unused(&apps[i])
	}
	slices.SortStableFunc(k.list, func(a, b *Client) int {
		if a.Connected != b.Connected {
			if a.Connected {
				return -1
			}
			return 1
		}
		return cmp.Or(b.Last.Compare(a.Last), cmp.Compare(a.ID, b.ID))
	})
	out := make([]Client, len(k.list))
	for i, c := range k.list {
		out[i] = *c
	}
	return out, nil
}

// add begins a client; kind and name make its reference.
func (k *known) add(kind, name string) *Client {
	mac := hmac.New(sha256.New, k.m.Secret)
	for _, part := range []string{k.account.String(), kind, name} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	c := &Client{ID: base64.RawURLEncoding.EncodeToString(mac.Sum(nil)[:12])}
	k.list = append(k.list, c)
	return c
}

// stored adds a client that has said who it is. What it had signed in with is good as long as it is stored.
func (k *known) stored(s *storage.Client) {
	c := k.add("client", s.ID)
	c.Used, c.First, c.Last, c.Software, c.Device, c.client = true, s.First, s.Seen, s.Software, s.Device, s.ID
	k.by(c, Password, s.App)
	if s.Until.After(k.m.Now()) {
		c.Auth = append(c.Auth, Fast)
	}
	k.clients[s.ID] = c
}

// by notes how a client has signed in.
func (k *known) by(c *Client, method Method, app string) {
	if app != "" {
		method, c.app, c.AppPassword = Grant, app, k.labels[app]
	}
	c.Auth = append(c.Auth, method)
	c.Knows = method == Password
}

// live adds a session, to its client where that is known.
func (k *known) live(l *Live) {
	c := k.handed[l.Handed]
	if c == nil {
		c = k.clients[l.ID]
	}
	if c == nil {
		c = k.session(l)
	}
	c.Connected, c.Used, c.Last = true, true, k.m.Now()
	c.sessions = append(c.sessions, l.Session)
}

func (k *known) session(l *Live) *Client {
	var c *Client
	switch {
	case l.ID != "":
		c = k.add("client", l.ID)
		c.client, k.clients[l.ID] = l.ID, c
	default:
		c = k.add("session", l.Session.JID().Resource())
	}
	c.Used, c.First, c.Software, c.Device = true, l.Since, l.Software, l.Device
	k.by(c, l.By, l.App)
	c.Knows = c.Knows && !l.Void
	return c
}

// unused adds an app password that no client of the list has signed in with.
func (k *known) unused(a *storage.AppPassword) {
	if slices.ContainsFunc(k.list, func(c *Client) bool { return c.app == a.ID }) {
		return
	}
	c := k.add("app", a.ID)
	c.Used, c.First, c.Last = !a.Used.IsZero(), a.Created, a.Used
	k.by(c, Grant, a.ID)
}

// element is the client as § 3.1 shows it.
func (c *Client) element() *xmpp.Element {
	kind, connected := "access", "false"
	if c.Used {
		kind = "session"
	}
	if c.Connected {
		connected = "true"
	}
	e := xmpp.El(ns.ClientAccess, "client").Set("connected", connected).Set("id", c.ID).Set("type", kind)
	if !c.First.IsZero() {
		e.Add(xmpp.El(ns.ClientAccess, "first-seen").AddText(c.First.UTC().Format(time.RFC3339))) // XEP-0082 § 3.2
	}
	if !c.Last.IsZero() {
		e.Add(xmpp.El(ns.ClientAccess, "last-seen").AddText(c.Last.UTC().Format(time.RFC3339)))
	}
	auth := xmpp.El(ns.ClientAccess, "auth")
	for _, method := range c.Auth {
		auth.Add(method.element())
	}
	status := "unrestricted"
	if c.app != "" { // it cannot change who can sign in
		status = "normal"
	}
	agent := xmpp.El(ns.ClientAccess, "user-agent")
	for _, f := range [][2]string{{"software", c.Software}, {"device", cmp.Or(c.Device, c.AppPassword)}} {
		if f[1] != "" {
			agent.Add(xmpp.El(ns.ClientAccess, f[0]).AddText(f[1]))
		}
	}
	return e.Add(auth, xmpp.El(ns.ClientAccess, "permission").Set("status", status), agent)
}

// element is the method; one that the specification does not know has a namespace of ours.
func (m Method) element() *xmpp.Element {
	if m == External {
		return xmpp.El(ns.MynaAccess, "external")
	}
	return xmpp.El(ns.ClientAccess, string(m))
}

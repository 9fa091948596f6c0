package api

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"myna/account"
	"myna/admin"
	"myna/admin/session"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/transport"
)

// pathSession is where the admin page signs in and out. It is no part of the description: programs have keys.
const pathSession = root + "/session"

const maxSignIn = 4096 // bytes

// signIn is what the page sends.
type signIn struct {
	Address  string `json:"address"`
	Password string `json:"password"`
}

// signedIn is what the page is told.
type signedIn struct {
	Address string       `json:"address"`
	Name    string       `json:"name,omitempty"`
	Role    storage.Role `json:"role"`
	Domains []string     `json:"domains"` // that it administers
	Token   string       `json:"token"`   // that requests which change something bring
	Ends    time.Time    `json:"ends"`
	Version string       `json:"version"`
}

// sessionPath adds the resource of the page's session.
func (a *api) sessionPath(mux *http.ServeMux) {
	mux.HandleFunc(pathSession, func(w http.ResponseWriter, req *http.Request) {
		var err error
		switch req.Method {
		case http.MethodGet:
			err = a.whoIsIn(w, req)
		case http.MethodPost:
			err = a.signIn(w, req)
		case http.MethodDelete:
			err = a.signOut(w, req)
		default:
			w.Header().Set("Allow", "GET, POST, DELETE")
			err = problem{kind: method, detail: "this path has GET, POST, DELETE"}
		}
		if err != nil {
			a.refuse(w, "session", err)
		}
	})
}

// peer is who asks; secrets come encrypted, or from this machine.
func (a *api) peer(req *http.Request) (transport.Peer, error) {
	peer := a.Front.Load().Proxies.Peer(req)
	if !peer.Encrypted && !peer.Local {
		return peer, problem{kind: encryption, detail: "use https; plain HTTP is for this machine and for proxies that have TLS in front"}
	}
	return peer, nil
}

// visitor is who has signed in to the page, by the request's cookie.
func (a *api) visitor(req *http.Request, peer transport.Peer) (session.Session, error) {
	x, err := a.Sessions.Find(req, peer.Encrypted)
	switch {
	case errors.Is(err, session.ErrForged):
		a.forgeries.Write(a.Log, slog.LevelWarn, "request refused that another page made", "remote", peer.Remote.String(), "path", req.URL.Path)
		return x, problem{kind: forged, detail: "only the admin page may ask with its cookie"}
	case err != nil:
		return x, problem{kind: unauthorized, detail: "nobody is signed in any more; sign in again"}
	}
	return x, nil
}

func (a *api) whoIsIn(w http.ResponseWriter, req *http.Request) error {
	peer, err := a.peer(req)
	if err != nil {
		return err
	}
	x, err := a.visitor(req, peer)
	if err != nil {
		return err
	}
	return a.tell(w, req, x)
}

// tell answers with who has signed in.
func (a *api) tell(w http.ResponseWriter, req *http.Request, x session.Session) error {
	out := signedIn{Address: x.Account.String(), Role: x.Role, Token: x.Token, Ends: x.Ends.UTC().Truncate(time.Second), Version: a.Admin.Version,
		Domains: []string{x.Account.Domain()}}
	if x.Role == storage.ServerAdmin {
		out.Domains = a.Admin.Hosts()
	}
	acc, err := a.Admin.ShowAccount(req.Context(), x.Actor(), admin.Identified{Address: out.Address})
	if err != nil {
		return err
	}
	out.Name = acc.Name
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	head(w, "application/json")
	_, _ = w.Write(append(b, '\n')) // nobody is left to tell
	return nil
}

// signIn begins a session. One that the browser has already ends.
func (a *api) signIn(w http.ResponseWriter, req *http.Request) error {
	peer, err := a.peer(req)
	if err != nil {
		return err
	}
	if a.Sessions.FromUs(req) != nil {
		return problem{kind: forged, detail: "only the admin page may sign in here"}
	}
	asked, err := readSignIn(w, req)
	if err != nil {
		return err
	}
	wrong := problem{kind: unauthorized, detail: "address or password is wrong"}
	j, err := xmpp.ParseJID(strings.TrimSpace(asked.Address))
	if err != nil || j.Local() == "" || !j.IsBare() || asked.Password == "" {
		return wrong
	}
	secret, x, err := a.Sessions.Open(req.Context(), j, asked.Password, peer.Remote)
	var f *account.Failure
	switch {
	case errors.Is(err, session.ErrNobody):
		a.Log.Info("sign-in to the admin page without a role", "account", j.String(), "remote", peer.Remote.String())
		return problem{kind: string(admin.Forbidden), detail: "this account administers nothing; an administrator of the server can give it a role"}
	case errors.As(err, &f) && f.Condition == account.TemporaryAuthFailure:
		return problem{kind: attempts, detail: "too many attempts failed; wait a minute"}
	case errors.As(err, &f) && f.Condition == account.AccountDisabled:
		return problem{kind: string(admin.Forbidden), detail: "this account is disabled"}
	case errors.As(err, &f):
		return wrong
	case err != nil:
		return err
	}
	a.Sessions.Close(req, peer.Encrypted)
	session.Set(w, secret, peer.Encrypted)
	a.Log.Info("signed in to the admin page", "account", j.String(), "remote", peer.Remote.String())
	return a.tell(w, req, x)
}

func readSignIn(w http.ResponseWriter, req *http.Request) (signIn, error) {
	kind, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		return signIn{}, problem{kind: media, detail: "send application/json"}
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxSignIn))
	if err != nil {
		return signIn{}, problem{kind: large, detail: "an address and a password are shorter"}
	}
	var asked signIn
	if err := json.Unmarshal(b, &asked); err != nil {
		return signIn{}, problem{kind: malformed, detail: "the body is no JSON object with an address and a password"}
	}
	return asked, nil
}

// signOut ends the session. One that is over already is no error.
func (a *api) signOut(w http.ResponseWriter, req *http.Request) error {
	peer, err := a.peer(req)
	if err != nil {
		return err
	}
	if _, err := a.visitor(req, peer); err != nil {
		var p problem
		if errors.As(err, &p) && p.kind == forged {
			return err
		}
	}
	a.Sessions.Close(req, peer.Encrypted)
	session.Clear(w, peer.Encrypted)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Package api is the HTTP API of administration, /api/v1: the operations of package admin as resources, for programs such as
// mail platforms, control panels and webmails. routes is its table of contents; the description at /api/openapi.json (OpenAPI
// 3.1) is made from it. The API decides nothing itself: what a request may do and what is wrong with it, package admin says.
//
// Programs send a key as a bearer token (RFC 6750), inside TLS or from this machine. A key is of a domain or of the server; what
// is not of its domain is not there for it. Errors are application/problem+json (RFC 9457). An account and an alias have an
// ETag, and are changed under a condition (RFC 9110 § 13). Pages of other origins may not ask: there is no CORS.
//
// The admin page asks with the cookie of a session in place of a key (package session); it is the same otherwise.
package api

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"

	"myna/account"
	"myna/admin"
	"myna/admin/session"
	"myna/sparing"
	"myna/storage"
	"myna/xmpp/transport"
)

// root is where all resources are.
const root = "/api/v1"

// Options are what an API is made of.
type Options struct {
	Admin *admin.Admin
	// Guard lets an address try a secret, unless too many of its attempts have failed; its error is an *account.Failure.
	Guard func(from netip.Addr, proof func() bool) error
	Front *transport.LiveFront // whose word counts about where a request comes from
	Log   *slog.Logger

	Sessions *session.Store    // of the admin page
	Metrics  func(w io.Writer) // writes what is measured, in the text format of Prometheus
}

type api struct {
	Options
	description []byte
	importing   sync.Map    // domain, "" of the server → true: an import is under way
	forgeries   sparing.Log // requests that another page made
}

// New returns the handler of /api/.
func New(o Options) http.Handler {
	a := &api{Options: o, description: describe(o.Admin.Version)}
	mux := http.NewServeMux()
	for _, r := range routes() {
		mux.HandleFunc(r.method+" "+root+r.path, func(w http.ResponseWriter, req *http.Request) { a.serve(w, req, &r) })
	}
	mux.HandleFunc("GET /api/openapi.json", func(w http.ResponseWriter, _ *http.Request) {
		head(w, "application/json")
		_, _ = w.Write(a.description) // nobody is left to tell
	})
	mux.HandleFunc("GET /api/problems/{name}", a.explain)
	a.sessionPath(mux)
	mux.HandleFunc("/api/", a.nothing)
	return mux
}

// head writes what all answers have.
func head(w http.ResponseWriter, kind string) {
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "no-store")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// serve answers a request to a route.
func (a *api) serve(w http.ResponseWriter, req *http.Request, r *route) {
	who, err := a.caller(req)
	switch {
	case err != nil:
	case r.send != nil:
		err = r.send(a, w, req, who)
	default:
		err = a.answer(w, req, r, who)
	}
	if err != nil {
		a.refuse(w, cmp.Or(r.op, r.path), err)
	}
}

// caller is whose key a request brings, or who has signed in to the page that asks.
func (a *api) caller(req *http.Request) (admin.Actor, error) {
	peer, err := a.peer(req)
	if err != nil {
		return admin.Actor{}, err
	}
	given := req.Header.Get("Authorization")
	if given == "" && session.Has(req, peer.Encrypted) {
		x, err := a.visitor(req, peer)
		return x.Actor(), err
	}
	scheme, text, _ := strings.Cut(given, " ")
	text = strings.TrimSpace(text)
	if !strings.EqualFold(scheme, "bearer") || text == "" {
		return admin.Actor{}, problem{kind: unauthorized, detail: "send a key: Authorization: Bearer myna_…; myna key create makes one"}
	}
	return a.holder(req.Context(), text, peer.Remote)
}

func (a *api) holder(ctx context.Context, text string, from netip.Addr) (who admin.Actor, err error) {
	var broken error
	err = a.Guard(from, func() (ok bool) {
		who, ok, broken = a.Admin.Holder(ctx, text)
		return ok || broken != nil
	})
	var f *account.Failure
	switch {
	case broken != nil:
		return who, broken
	case errors.As(err, &f) && f.Condition == account.TemporaryAuthFailure:
		return who, problem{kind: attempts, detail: "too many keys from this address were wrong; wait a minute"}
	case err != nil:
		a.Log.Info("request with a wrong key", "remote", from.String())
		return who, problem{kind: unauthorized, detail: "this key is not valid; it was revoked, or never was one"}
	}
	return who, nil
}

// nothing answers what no route is for.
func (a *api) nothing(w http.ResponseWriter, req *http.Request) {
	var methods []string
	if req.URL.Path == "/api/openapi.json" || strings.HasPrefix(req.URL.Path, "/api/problems/") {
		methods = []string{http.MethodGet}
	}
	for _, r := range routes() {
		if r.matches(req.URL.Path) {
			methods = append(methods, r.method)
		}
	}
	if len(methods) == 0 {
		a.refuse(w, "", problem{kind: notFound, detail: "there is nothing at this path; /api/openapi.json lists all"})
		return
	}
	w.Header().Set("Allow", strings.Join(methods, ", "))
	a.refuse(w, "", problem{kind: method, detail: "this path has " + strings.Join(methods, ", ")})
}

// strange tells whether an address is of a domain that the actor does not see. What there is in it is not there then,
// whether it is or not.
func (a *api) strange(who admin.Actor, address string) bool {
	if who.Role == storage.ServerAdmin {
		return false
	}
	domain := address[strings.LastIndexByte(address, '@')+1:]
	return !strings.EqualFold(domain, who.Domain) && !strings.EqualFold(domain, a.Admin.GroupsHost(who.Domain))
}

package web

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"html/template"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"myna/account/signup"
	"myna/storage"
	"myna/xmpp/transport"
)

//go:embed signup
var signUpFiles embed.FS

const (
	maxForm   = 16 << 10
	maxTicket = 64
	stampLife = time.Hour
)

// signUp are the pages of invitations (XEP-0379 § 3.2, XEP-0401 § 5.2) and of new accounts. They need no script. A form is
// taken only from our own page: browsers say where they send it from, and it carries a stamp that pages of others cannot make
// for the address of who sends it.
type signUp struct {
	service *signup.Service
	front   *transport.LiveFront
	hosts   []string
	page    *template.Template
	style   []byte
	origin  *http.CrossOriginProtection
	key     []byte // of stamps
}

// signUpPage is what a page shows.
type signUpPage struct {
	Lang, Title, Problem, Made   string
	W                            signUpWords
	URI                          template.URL
	Apps                         []app
	Form, Fixed                  bool
	Domain, Name, Display, Stamp string
	Domains                      []string // to choose from; nil: there is one
	Ticket                       string   // by which a client learns what was made (XEP-0389 § 7.2)
	Lost                         string   // the account that gets a new password; "": it is another page
	status                       int
}

func newSignUp(s *Site) (*signUp, error) {
	page, err := template.ParseFS(signUpFiles, "signup/page.html")
	if err != nil {
		return nil, err
	}
	style, err := signUpFiles.ReadFile("signup/style.css")
	u := &signUp{service: s.SignUp, front: s.Front, hosts: s.Hosts, page: page, style: style, origin: http.NewCrossOriginProtection(), key: make([]byte, 32)}
	rand.Read(u.key) // never fails (crypto/rand)
	return u, err
}

func (u *signUp) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /signup.css", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/css; charset=utf-8")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Cross-Origin-Resource-Policy", "same-origin")
		w.Header().Set("Cache-Control", "no-cache")
		w.Write(u.style)
	})
	for _, method := range []string{"GET ", "POST "} {
		mux.HandleFunc(method+"/invite/{token}", u.invited)
		mux.HandleFunc(method+"/register", u.open)
		mux.HandleFunc(method+"/reset/{token}", u.reset)
	}
}

// begin is an empty page in the person's language; ok is false where nothing may be asked on this connection.
func (u *signUp) begin(w http.ResponseWriter, r *http.Request) (p *signUpPage, from netip.Addr, ok bool) {
	lang := pageLang(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
	p = &signUpPage{Lang: lang, W: signUpWordsIn(lang), Apps: appsFor(r.UserAgent()), status: http.StatusOK}
	p.Title = p.W.Register
	peer := u.front.Load().Proxies.Peer(r)
	if !peer.Encrypted && !peer.Local {
		p.Problem, p.status = p.W.Encrypt, http.StatusForbidden
		u.write(w, p)
		return p, peer.Remote, false
	}
	return p, peer.Remote, true
}

// invited is the page of an invitation.
func (u *signUp) invited(w http.ResponseWriter, r *http.Request) {
	p, from, ok := u.begin(w, r)
	if !ok {
		return
	}
	token := r.PathValue("token")
	i, err := u.service.Find(r.Context(), "", token, from)
	if err != nil {
		u.refuse(w, p, err)
		return
	}
	p.Title = p.W.Invited + " " + i.Domain
	if name := u.service.InviterName(i); name != "" {
		p.Title = name + " " + p.W.InvitedBy
	}
	p.Domain, p.Name, p.Fixed, p.Form = i.Domain, i.Local, i.Local != "", true
	p.URI = template.URL(signup.URI(i, strings.ToLower(token))) // made by us
	u.serve(w, r, p, i, from)
}

// open is the page for strangers, where there is one.
func (u *signUp) open(w http.ResponseWriter, r *http.Request) {
	p, from, ok := u.begin(w, r)
	if !ok {
		return
	}
	var domains []string
	for _, host := range u.hosts {
		if u.service.Ways(host).Web {
			domains = append(domains, host)
		}
	}
	if len(domains) == 0 {
		http.NotFound(w, r)
		return
	}
	if p.Domain, p.Form = domains[0], true; len(r.URL.Query().Get("ticket")) <= maxTicket {
		p.Ticket = r.URL.Query().Get("ticket")
	}
	if len(domains) > 1 {
		p.Domains = domains
	}
	u.serve(w, r, p, nil, from)
}

// serve shows the form, or takes it.
func (u *signUp) serve(w http.ResponseWriter, r *http.Request, p *signUpPage, i *storage.Invite, from netip.Addr) {
	if r.Method == http.MethodPost {
		u.take(w, r, p, i, from)
	}
	if p.status != 0 {
		p.Stamp = u.stamp(r.URL.Path, from, time.Now())
		u.write(w, p)
	}
}

// filled reads what was filled out. It is nil where that was refused, or does not come from a page of ours; p says why, unless its status
// is 0: then that was answered.
func (u *signUp) filled(w http.ResponseWriter, r *http.Request, p *signUpPage, from netip.Addr) url.Values {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := u.origin.Check(r); err != nil {
		http.Error(w, "this form belongs to another page", http.StatusForbidden)
		p.status = 0
		return nil
	}
	if err := r.ParseForm(); err != nil {
		http.Error(w, "this is no form of ours", http.StatusBadRequest)
		p.status = 0
		return nil
	}
	f := r.PostForm
	p.status = http.StatusUnprocessableEntity
	switch {
	case !u.stamped(f.Get("stamp"), r.URL.Path, from, time.Now()):
		p.Problem = p.W.Late
	case f.Get("password") != f.Get("again"):
		p.Problem = p.W.Differ
	}
	return f
}

// take makes an account of what was filled out. A page of status 0 was answered already.
func (u *signUp) take(w http.ResponseWriter, r *http.Request, p *signUpPage, i *storage.Invite, from netip.Addr) {
	f := u.filled(w, r, p, from)
	if f == nil {
		return
	}
	if !p.Fixed {
		p.Name = f.Get("username")
	}
	p.Display = f.Get("name")
	if slices.Contains(p.Domains, f.Get("domain")) {
		p.Domain = f.Get("domain")
	}
	if p.Problem != "" {
		return
	}
	made, err := u.service.Create(r.Context(), signup.Request{Domain: p.Domain, Name: p.Name, Password: f.Get("password"), Display: p.Display,
		Lang: p.Lang, Invitation: i, From: from, Door: "web", Ticket: p.Ticket})
	var refused *signup.Refusal
	switch {
	case err == nil:
		*p = signUpPage{Lang: p.Lang, W: p.W, Apps: p.Apps, Title: p.W.Done, Made: made.String(), status: http.StatusOK}
	case errors.As(err, &refused) && p.W.about(refused) != "":
		p.Problem = p.W.about(refused)
	default:
		u.refuse(w, p, err)
		p.status = 0
	}
}

// refuse says that nothing can be done now.
func (u *signUp) refuse(w http.ResponseWriter, p *signUpPage, err error) {
	q := &signUpPage{Lang: p.Lang, W: p.W, Title: p.Title, Problem: p.W.Gone, status: http.StatusNotFound}
	var r *signup.Refusal
	switch {
	case !errors.As(err, &r):
		u.service.Logger.Error("page of an invitation failed", "err", err)
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	case r.Reason == signup.Slow:
		q.Problem, q.status = p.W.Slowly, http.StatusTooManyRequests
		w.Header().Set("Retry-After", "60")
	}
	u.write(w, q)
}

// write sends a page. It loads nothing but its style, is shown in no other page, and its address, which has the token, is told
// to nobody.
func (u *signUp) write(w http.ResponseWriter, p *signUpPage) {
	var b bytes.Buffer
	if err := u.page.Execute(&b, p); err != nil {
		u.service.Logger.Error("page of an invitation failed", "err", err)
		http.Error(w, "internal server error", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", nothingOf)
	h.Set("X-Permitted-Cross-Domain-Policies", "none")
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language, User-Agent")
	w.WriteHeader(p.status)
	w.Write(b.Bytes())
}

// stamp shows that a form was got from here, by an address and not long ago.
func (u *signUp) stamp(path string, from netip.Addr, now time.Time) string {
	at := strconv.FormatInt(now.Unix(), 36)
	mac := hmac.New(sha256.New, u.key)
	for _, part := range []string{path, from.String(), at} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	return at + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func (u *signUp) stamped(stamp, path string, from netip.Addr, now time.Time) bool {
	at, _, _ := strings.Cut(stamp, ".")
	seconds, err := strconv.ParseInt(at, 36, 64)
	if err != nil {
		return false
	}
	then := time.Unix(seconds, 0)
	return !then.After(now) && now.Sub(then) < stampLife && hmac.Equal([]byte(stamp), []byte(u.stamp(path, from, then)))
}

package web

import (
	"encoding/json"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"time"

	"myna/xmpp"
	"myna/xmpp/transport"
)

// pathStay is where the chat page has its browser keep that it was let in by a webmail.
const pathStay = "/chat-session"

const maxStay = 1024 // bytes of a request

// Stays knows browsers that came by a pass of a webmail.
type Stays interface {
	// Stay makes what the browser keeps of a pass, in the place of what it had before.
	Stay(pass, before string) (secret string, who xmpp.JID, ends time.Time, ok bool)
	// Staying is who brings it; zero where it is void.
	Staying(secret string) xmpp.JID
	// Leave voids it.
	Leave(secret string)
}

// stay serves pathStay. Only a page of our own origin gets an answer, so that no other signs a browser in or out, or learns who is in.
type stay struct {
	stays Stays
	front *transport.LiveFront
	log   *slog.Logger
}

func (s *stay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	peer := s.front.Load().Proxies.Peer(r)
	switch {
	case !peer.Encrypted && !peer.Local:
		http.Error(w, "use https", http.StatusForbidden)
	case !transport.OwnPage(r, peer):
		http.Error(w, "this is for the chat page", http.StatusForbidden)
	case r.Method == http.MethodGet:
		answer(w, s.stays.Staying(transport.Browser(r, peer)))
	case r.Method == http.MethodPost:
		s.enter(w, r, peer)
	case r.Method == http.MethodDelete:
		s.stays.Leave(transport.Browser(r, peer))
		http.SetCookie(w, transport.BrowserCookie("", peer))
		w.WriteHeader(http.StatusNoContent)
	default:
		h.Set("Allow", "GET, POST, DELETE")
		http.Error(w, "this path has GET, POST, DELETE", http.StatusMethodNotAllowed)
	}
}

// enter takes a pass and sets the cookie.
func (s *stay) enter(w http.ResponseWriter, r *http.Request, peer transport.Peer) {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "application/json" {
		http.Error(w, "send application/json", http.StatusUnsupportedMediaType)
		return
	}
	var asked struct {
		Token string `json:"token"`
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxStay))
	if err != nil || json.Unmarshal(b, &asked) != nil {
		http.Error(w, "send a JSON object with a token", http.StatusBadRequest)
		return
	}
	secret, who, ends, ok := s.stays.Stay(asked.Token, transport.Browser(r, peer))
	if !ok {
		http.Error(w, "the token is not, or no longer, good", http.StatusForbidden)
		return
	}
	c := transport.BrowserCookie(secret, peer)
	c.MaxAge = max(1, int(time.Until(ends).Seconds()))
	http.SetCookie(w, c)
	s.log.Info("browser of a webmail's user stays", "account", who.String(), "remote", peer.Remote)
	answer(w, who)
}

// answer says who is in; "" for nobody.
func answer(w http.ResponseWriter, who xmpp.JID) {
	b, err := json.Marshal(map[string]string{"account": who.String()})
	if err != nil {
		http.Error(w, http.StatusText(http.StatusInternalServerError), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Write(b) // a browser that is gone asks again
}

package web

import "net/http"

// Page is a page for people.
type Page struct {
	Name    string `json:"name"`    // "Chat"
	Address string `json:"address"` // "/"
}

// Pages lists the pages for people that are there: it asks the handler as a browser would.
func (s *Server) Pages() []Page {
	var list []Page
	for _, p := range []Page{{"Chat", "/"}, {"Admin page", "/admin/"}} {
		r, err := http.NewRequest(http.MethodGet, "http://localhost"+p.Address, nil)
		if err != nil {
			continue
		}
		r.RemoteAddr = "127.0.0.1:0"
		answer := &head{header: http.Header{}}
		s.http.Handler.ServeHTTP(answer, r)
		if answer.found() {
			list = append(list, p)
		}
	}
	return list
}

// head keeps the head of an answer.
type head struct {
	header http.Header
	status int
}

func (h *head) found() bool { return h.status == http.StatusOK && h.header.Get(placeholder) == "" }

// Header is what the answer says of itself.
func (h *head) Header() http.Header { return h.header }

// WriteHeader keeps the status.
func (h *head) WriteHeader(status int) {
	if h.status == 0 {
		h.status = status
	}
}

// Write drops the page.
func (h *head) Write(b []byte) (int, error) {
	h.WriteHeader(http.StatusOK)
	return len(b), nil
}

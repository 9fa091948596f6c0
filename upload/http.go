package upload

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"

	"myna/storage"
)

// Handler serves PUT, GET and HEAD below /upload/, and the preflight requests of browsers.
func (s *Service) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("PUT /upload/{id}/{name}", s.put)
	mux.HandleFunc("GET /upload/{id}/{name}", s.get) // HEAD too
	mux.HandleFunc("OPTIONS /upload/{id}/{name}", func(w http.ResponseWriter, _ *http.Request) {
		cors(w)
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// cors lets web clients of any origin use the slots they know (XEP-0363 § 8). No cookie is ever involved.
func cors(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "OPTIONS, HEAD, GET, PUT")
	h.Set("Access-Control-Allow-Headers", "Content-Type, Range")
	h.Set("Access-Control-Expose-Headers", "Accept-Ranges, Content-Range, Content-Length")
	h.Set("Access-Control-Max-Age", "7200")
}

// find returns the slot of a request. A wrong name is a wrong URL.
func (s *Service) find(r *http.Request) (storage.Upload, error) {
	u, err := s.Store.Upload(r.Context(), r.PathValue("id"))
	if err != nil {
		return u, err
	}
	if u.Name != r.PathValue("name") || !u.Expires.IsZero() && s.Now().After(u.Expires) {
		return u, storage.ErrNotFound
	}
	return u, nil
}

// failed answers a request that went wrong.
func (s *Service) failed(w http.ResponseWriter, err error) {
	if errors.Is(err, storage.ErrNotFound) || errors.Is(err, os.ErrNotExist) {
		http.Error(w, "there is no such file", http.StatusNotFound)
		return
	}
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, storage.ErrFull) {
		s.complain(err)
		http.Error(w, "the server has no room for it", http.StatusInsufficientStorage)
		return
	}
	if !errors.Is(err, context.Canceled) { // then the client has gone
		s.Logger.Error("upload failed", "err", err)
	}
	http.Error(w, "the server could not do it", http.StatusInternalServerError)
}

// complain tells the log, once a minute, that there is no room.
func (s *Service) complain(err error) {
	s.full.Lock()
	defer s.full.Unlock()
	if now := s.Now(); now.Sub(s.told) >= time.Minute {
		s.told = now
		s.Logger.Error("upload failed", "err", err)
	}
}

// How slow a client may be: so many bytes a second, after a moment to begin with.
const (
	slowest = 16 << 10
	moment  = time.Minute
)

// allow gives a transfer the time that its size needs, and no more.
func allow(w http.ResponseWriter, size int64) {
	control, until := http.NewResponseController(w), time.Now().Add(moment+time.Duration(size/slowest)*time.Second)
	control.SetReadDeadline(until) // both fail only where there is no connection
	control.SetWriteDeadline(until.Add(moment))
}

// begin makes a request the only one that fills a slot; it is false while another does.
func (s *Service) begin(id string) bool {
	_, busy := s.filling.LoadOrStore(id, true)
	return !busy
}

// arriving knows whether it was the client that ended a transfer too early.
type arriving struct {
	from io.Reader
	err  error
}

func (a *arriving) Read(b []byte) (n int, err error) {
	n, err = a.from.Read(b)
	if err != nil && err != io.EOF {
		a.err = err
	}
	return n, err
}

// put takes the file of a slot (§ 7).
func (s *Service) put(w http.ResponseWriter, r *http.Request) {
	cors(w)
	id := r.PathValue("id")
	if !s.begin(id) {
		http.Error(w, "this file is being uploaded already", http.StatusConflict)
		return
	}
	defer s.filling.Delete(id)
	u, err := s.find(r)
	switch {
	case err != nil:
		s.failed(w, err)
		return
	case u.Stored:
		http.Error(w, "this file has been uploaded already", http.StatusConflict)
		return
	case s.Now().Sub(u.Created) > slotTime:
		http.Error(w, "the slot is too old; ask for another", http.StatusGone)
		return
	case r.ContentLength < 0: // RFC 9110 § 15.5.12: in chunks, and § 7 wants the size checked
		http.Error(w, "the file needs a Content-Length", http.StatusLengthRequired)
		return
	case r.ContentLength != u.Size: // § 7: MUST
		http.Error(w, "the file does not have the size that was announced", http.StatusRequestEntityTooLarge)
		return
	}
	if t := r.Header.Get("Content-Type"); t != "" && u.Type != "" && mediaType(t) != u.Type { // § 7: SHOULD
		http.Error(w, "the file does not have the type that was announced", http.StatusUnsupportedMediaType)
		return
	} else if u.Type == "" {
		u.Type = mediaType(t)
	}
	allow(w, u.Size)
	body := &arriving{from: r.Body}
	if err := s.Files.Put(u.ID, u.Size, body); errors.Is(err, errSize) {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	} else if body.err != nil { // the client went, or was too slow; it may try again
		s.Logger.Debug("upload broken off", "owner", u.Owner.String(), "err", body.err)
		http.Error(w, "the file did not arrive whole", http.StatusBadRequest)
		return
	} else if err != nil {
		s.failed(w, err)
		return
	}
	if _, err := s.find(r); err != nil { // the account was deleted meanwhile
		s.failed(w, errors.Join(err, s.Files.Delete(u.ID)))
		return
	}
	u.Stored = true
	if err := s.Store.PutUpload(r.Context(), u); err != nil {
		s.failed(w, errors.Join(err, s.Files.Delete(u.ID)))
		return
	}
	w.WriteHeader(http.StatusCreated)
}

// get serves a file, or parts of it (Range).
func (s *Service) get(w http.ResponseWriter, r *http.Request) {
	cors(w)
	u, err := s.find(r)
	if err == nil && !u.Stored {
		err = storage.ErrNotFound
	}
	if err == nil {
		var closed bool
		if closed, err = s.closed(r.Context(), &u); closed {
			err = storage.ErrNotFound
		}
	}
	if err != nil {
		s.failed(w, err)
		return
	}
	f, err := s.Files.Open(u.ID)
	if err != nil {
		s.failed(w, err)
		return
	}
	defer f.Close()
	allow(w, u.Size)
	h := w.Header()
	h.Set("Content-Type", contentType(u.Type))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Cross-Origin-Resource-Policy", "cross-origin")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Permitted-Cross-Domain-Policies", "none")
	h.Set("Cache-Control", "private, max-age=31536000, immutable")
	h.Set("ETag", `"`+u.ID+`"`)
	disposition := "attachment"
	if shown(u.Type) {
		disposition = "inline"
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": u.Name}))
	http.ServeContent(w, r, "", modified(f), f)
}

func modified(f *os.File) time.Time {
	if info, err := f.Stat(); err == nil {
		return info.ModTime()
	}
	return time.Time{}
}

// mediaType is the lower-case type without parameters; "" for what is no type.
func mediaType(s string) string {
	t, _, err := mime.ParseMediaType(s)
	if err != nil || !strings.Contains(t, "/") {
		return ""
	}
	return t
}

func contentType(t string) string {
	if t == "" {
		return "application/octet-stream"
	}
	return t
}

// shown tells whether a browser may show a type in place: what cannot run anything. SVG can, as all XML may, so it is not an image here.
func shown(t string) bool {
	t, _, _ = strings.Cut(strings.ToLower(t), ";")
	t = strings.TrimSpace(t)
	kind, _, _ := strings.Cut(t, "/")
	return (kind == "image" || kind == "audio" || kind == "video") && !strings.HasSuffix(t, "xml") || t == "application/pdf"
}

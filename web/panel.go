package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"

	"myna/xmpp/transport"
)

// built is what npm run build made. The pattern always matches dist.txt, so that the binary builds without Node.js too.
//
//go:embed all:dist*
var built embed.FS

// policy is what the chat may load and do: files of ours and streams to us, pictures and films of the hosts that keep uploaded
// files, nothing inline, nothing of others. Strings become addresses of scripts only through the policy named myna, which
// lets the page start its own worker; they never become HTML. embedders are the pages that may show the chat inside
// themselves.
func policy(uploads, embedders []string) string {
	from := strings.Join(append([]string{"'self'"}, uploads...), " ")
	return "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; " +
		"img-src " + from + " blob:; media-src " + from + " blob:; connect-src " + from + "; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors " + strings.Join(append([]string{"'self'"}, embedders...), " ") + "; " +
		"require-trusted-types-for 'script'; trusted-types myna"
}

// adminPolicy is what the admin page may do: run its own files and talk to us. No page shows it inside itself (clickjacking), and
// no string becomes HTML or a script.
const adminPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// nothingOf is what pages may not use of the device.
const nothingOf = "accelerometer=(), bluetooth=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), " +
	"midi=(), payment=(), serial=(), usb=()"

// asset is a built file, ready to be sent.
type asset struct {
	kind    string
	tag     string // strong, for If-None-Match
	plain   []byte
	gzipped []byte // nil: it does not get smaller
	forever bool   // its name has a hash of its content
}

// panel is the web chat.
type panel struct {
	uploads []string
	front   *transport.LiveFront
	about   []byte // chat.json
	page    *asset
	admin   *asset            // the admin page; nil: it was not built
	files   map[string]*asset // by path below /
}

// embedScript is what pages of other hosts load to show the chat inside themselves.
const embedScript = "embed.js"

// openPanel reads the built files. Without them it is nil, and that is no error.
func openPanel(files fs.FS, s *Site) (*panel, error) {
	about, err := json.Marshal(struct {
		Hosts   []string `json:"hosts"`
		Uploads []string `json:"uploads"`
	}{s.Hosts, s.Uploads})
	if err != nil {
		return nil, err
	}
	p := &panel{uploads: s.Uploads, front: s.Front, about: about, files: map[string]*asset{}}
	err = fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		p.files[name] = newAsset(name, data)
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	p.page = p.files["index.html"]
	p.admin = p.files["admin.html"]
	delete(p.files, "index.html")
	delete(p.files, "admin.html")
	if p.page == nil {
		return nil, nil
	}
	return p, nil
}

func newAsset(name string, data []byte) *asset {
	sum := sha256.Sum256(data)
	a := &asset{
		kind:    kindOf(name),
		tag:     base64.RawURLEncoding.EncodeToString(sum[:12]),
		plain:   data,
		forever: strings.HasPrefix(name, "assets/"),
	}
	var b bytes.Buffer
	w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression) // the level is a valid one
	w.Write(data)
	w.Close() // into memory: neither fails
	if b.Len() < len(data) {
		a.gzipped = b.Bytes()
	}
	return a
}

// kindOf does not ask the machine's own table, which may say anything.
func kindOf(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".html", ".css", ".png", ".json":
		return mime.TypeByExtension(ext)
	default:
		return "application/octet-stream"
	}
}

// register adds the chat's paths.
func (p *panel) register(mux *http.ServeMux) {
	mux.HandleFunc("GET /{$}", p.handler(p.page, "same-origin"))
	if p.admin != nil {
		mux.HandleFunc("GET /admin/{$}", p.serveAdmin)
	}
	for name, a := range p.files {
		sharing := "same-origin"
		if name == embedScript {
			sharing = "cross-origin"
		}
		mux.HandleFunc("GET /"+name, p.handler(a, sharing))
	}
	mux.HandleFunc("GET /chat.json", func(w http.ResponseWriter, _ *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "application/json")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-cache")
		w.Write(p.about)
	})
}

// handler serves a file. Scripts get the policy as well: it holds for workers that they become. sharing tells which pages may
// load the file.
func (p *panel) handler(a *asset, sharing string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy(p.uploads, p.front.Load().Pages))
		w.Header().Set("Cross-Origin-Resource-Policy", sharing)
		a.serve(w, r)
	}
}

// serveAdmin serves the admin page. What it shows is behind # in its address, which never comes here.
func (p *panel) serveAdmin(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", adminPolicy)
	h.Set("X-Frame-Options", "DENY")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Embedder-Policy", "require-corp")
	p.admin.serve(w, r)
}

func (a *asset) serve(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Type", a.kind)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", nothingOf)
	h.Set("X-Permitted-Cross-Domain-Policies", "none")
	h.Set("Vary", "Accept-Encoding")
	if a.forever {
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
	} else {
		h.Set("Cache-Control", "no-cache")
	}
	body, tag := a.plain, a.tag
	if a.gzipped != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, tag = a.gzipped, tag+"-gzip"
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("ETag", strconv.Quote(tag))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip tells whether a client names gzip without weighing it as nothing (RFC 9110 § 12.5.3).
func acceptsGzip(header string) bool {
	for coding := range strings.SplitSeq(header, ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(coding), ";")
		if !strings.EqualFold(strings.TrimSpace(name), "gzip") {
			continue
		}
		q, given := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(weight), " ", ""), "q=")
		value, err := strconv.ParseFloat(q, 64)
		return !given || err == nil && value > 0
	}
	return false
}

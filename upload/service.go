package upload

import (
	"context"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

const (
	slotTime  = 5 * time.Minute // how long a slot may be filled after it was given (XEP-0363 § 7)
	maxName   = 255             // bytes of a file name
	day       = 24 * time.Hour
	nsPurpose = "urn:xmpp:http:upload:purpose:0"
)

// Store is what upload needs of storage.
type Store interface {
	storage.Uploads
	// Doc, PutDoc, DeleteDoc and ListDocs are those of storage.Docs.
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error
	DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error
	ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error)
}

// Options are what a Service is made of.
type Options struct {
	Store  Store
	Files  *Dir
	Config *config.Options[Config]
	// Domain is the mail domain that an upload host belongs to, "" for none.
	Domain func(host string) string
	// Base is the URL that the paths /upload/… of a mail domain are under, without a slash at its end.
	Base func(domain string) string
	// Open tells whether a room exists: the files of one that does not are closed. nil: files belong to no rooms.
	Open   func(room xmpp.JID) bool
	Now    func() time.Time
	Logger *slog.Logger
}

// Service gives out slots and serves files.
type Service struct {
	Options
	quota   sync.Mutex    // held from adding up an account's files to writing the new slot
	filling sync.Map      // by id: the slots that a request fills now
	wake    chan struct{} // holds one: files have expired before their time

	full sync.Mutex
	told time.Time // when the log heard last that the disk is full; guarded by full
}

// New returns the service.
func New(o Options) *Service { return &Service{Options: o, wake: make(chan struct{}, 1)} }

// Register names what it does.
func (s *Service) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0363", Version: "1.2.0", Status: hook.Complete, Note: "purposes message, profile, ephemeral"})
	r.Identity("upload", hook.Identity{Category: "store", Type: "file", Name: "Files"})
	r.Feature("upload", ns.NoReply) // XEP-0506 § 4
	r.Feature("upload", ns.Upload, nsPurpose+"#message", nsPurpose+"#profile", nsPurpose+"#ephemeral")
	r.Form("upload", "max-file-size", s.form)                    // § 4
	r.IQ("upload", xmpp.TypeGet, ns.Upload, "request", s.answer) // § 5
}

// form tells the largest file (XEP-0363 § 4, XEP-0128).
func (s *Service) form(host xmpp.JID) *xmpp.Element {
	limit := s.Config.Of(host.Domain()).MaxFile
	value := func(v string) *xmpp.Element { return xmpp.El(ns.DataForm, "value").AddText(v) }
	return xmpp.El(ns.DataForm, "x",
		xmpp.El(ns.DataForm, "field", value(ns.Upload)).Set("var", "FORM_TYPE").Set("type", "hidden"),
		xmpp.El(ns.DataForm, "field", value(strconv.FormatInt(limit, 10))).Set("var", "max-file-size"),
	).Set("type", "result")
}

// answer gives out a slot (§ 5).
func (s *Service) answer(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	domain := s.Domain(q.Owner.Domain())
	if q.Session == nil || q.From.Domain() != domain {
		return nil, xmpp.Refuse(stanza.NotAllowed, "Only accounts of "+domain+" may upload files here.") // § 6
	}
	u, err := s.request(q, domain)
	if err != nil {
		return nil, err
	}
	if err := s.reserve(ctx, u, domain); err != nil {
		return nil, err
	}
	link := s.Base(domain) + "/upload/" + u.ID + "/" + url.PathEscape(u.Name)
	return xmpp.El(ns.Upload, "slot",
		xmpp.El(ns.Upload, "put").Set("url", link),
		xmpp.El(ns.Upload, "get").Set("url", link)), nil
}

// request reads what the client wants to upload.
func (s *Service) request(q *hook.Request, domain string) (storage.Upload, error) {
	now, cfg := s.Now(), s.Config.Of(domain)
	u := storage.Upload{ID: xmpp.NewID() + xmpp.NewID(), Owner: q.From.Bare(), Created: now, Type: mediaType(q.Payload.Attr("content-type"))}
	var err error
	if u.Name, err = fileName(q.Payload.Attr("filename")); err != nil {
		return u, err
	}
	u.Size, err = strconv.ParseInt(q.Payload.Attr("size"), 10, 64)
	if err != nil || u.Size <= 0 {
		return u, xmpp.Refuse(stanza.BadRequest, "The size must be a number of bytes, at least 1.")
	}
	limit := cfg.MaxFile
	if cfg.Expire > 0 {
		u.Expires = now.Add(cfg.Expire)
	}
	for p := range q.Payload.Elements() {
		switch {
		case p.Is(nsPurpose, "profile"):
			limit, u.Expires = min(limit, cfg.ProfileMax), time.Time{}
		case p.Is(nsPurpose, "ephemeral"):
			before, err := time.Parse(time.RFC3339, p.Attr("expire-before"))
			if err != nil || before.Before(now) {
				return u, xmpp.Refuse(stanza.BadRequest, "expire-before must be a time that is to come.")
			}
			if u.Expires.IsZero() || before.Before(u.Expires) {
				u.Expires = before
			}
		case p.Is(nsPurpose, "permanent"):
			return u, xmpp.Refuse(stanza.FeatureNotImplemented, "Files are not kept for ever here.")
		}
	}
	if u.Size > limit {
		return u, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("The file is too large. The largest file is %d bytes.", limit)).
			WithApp(xmpp.El(ns.Upload, "file-too-large", xmpp.El(ns.Upload, "max-file-size").AddText(strconv.FormatInt(limit, 10)))) // § 6
	}
	return u, nil
}

// reserve writes the slot unless a quota is used up.
func (s *Service) reserve(ctx context.Context, u storage.Upload, domain string) error {
	cfg := s.Config.Of(domain)
	s.quota.Lock()
	defer s.quota.Unlock()
	total, recent, err := s.Store.UploadUsage(ctx, u.Owner, u.Created.Add(-day))
	if err != nil {
		return err
	}
	if cfg.DailyQuota > 0 && recent+u.Size > cfg.DailyQuota {
		return later(fmt.Sprintf("You may upload %d bytes a day.", cfg.DailyQuota), u.Created.Add(day))
	}
	if recent > 0 && cfg.DailyFiles > 0 {
		list, err := s.Store.Uploads(ctx, u.Owner, cfg.DailyFiles)
		if err != nil {
			return err
		}
		if len(list) == cfg.DailyFiles && list[len(list)-1].Created.After(u.Created.Add(-day)) {
			return later(fmt.Sprintf("You may upload %d files a day.", cfg.DailyFiles), list[len(list)-1].Created.Add(day))
		}
	}
	if cfg.UserQuota > 0 && total+u.Size > cfg.UserQuota {
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("Your files may take %d bytes. Older files have to expire or be deleted first.", cfg.UserQuota)).
			WithType(stanza.Cancel)
	}
	return s.Store.PutUpload(ctx, u)
}

// later refuses a slot until a time (XEP-0363 § 6), which is rounded up to the second.
func later(text string, at time.Time) error {
	at = at.Add(time.Second - 1).Truncate(time.Second)
	return xmpp.Refuse(stanza.ResourceConstraint, text).
		WithApp(xmpp.El(ns.Upload, "retry").Set("stamp", at.UTC().Format("2006-01-02T15:04:05Z")))
}

// fileName makes a name that is safe as the last part of a path, and keeps its ending (§ 5).
func fileName(s string) (string, error) {
	s = path.Base(strings.ReplaceAll(s, `\`, "/"))
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '/' || r == utf8.RuneError {
			return -1
		}
		return r
	}, s)
	if ext := path.Ext(s); len(s) > maxName {
		if len(ext) > 32 {
			ext = ""
		}
		cut := maxName - len(ext)
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + ext
	}
	if s == "" || s == "." || s == ".." {
		return "", xmpp.Refuse(stanza.BadRequest, "The file needs a name.")
	}
	return s, nil
}

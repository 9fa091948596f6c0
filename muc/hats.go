package muc

import (
	"context"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"myna/storage"
	"myna/xmpp"
)

// nsHats are what a room says of the part that somebody plays (XEP-0317).
const nsHats = "urn:xmpp:hats:0"

// Bounds of hats.
const (
	maxHats     = 100 // of a room
	maxWearers  = 1000
	maxHatsEach = 20
	maxHatURI   = 1000
	maxHatTitle = 200
)

// hat is a part that somebody may play in a room (XEP-0317 § 3.1).
type hat struct {
	URI   string `json:"uri"`
	Title string `json:"title"`
	Hue   string `json:"hue,omitempty"` // an angle in degrees (XEP-0392)
	lang  string // of the title; "": not known
}

// leadHat and speakerHat are those of groups: who wears them, the alias says. Speakers may write announcements.
func leadHat() hat    { return hat{URI: "urn:myna:hats:lead", Title: "Lead", lang: "en"} }
func speakerHat() hat { return hat{URI: "urn:myna:hats:speaker", Title: "Speaker", lang: "en"} }

// valid tells whether a hat that somebody has described can be one.
func (h *hat) valid() bool {
	u, err := url.Parse(h.URI)
	if err != nil || u.Scheme == "" || len(h.URI) > maxHatURI || strings.TrimSpace(h.Title) == "" || len(h.Title) > maxHatTitle {
		return false
	}
	if h.Hue == "" {
		return true
	}
	hue, err := strconv.ParseFloat(h.Hue, 64)
	return err == nil && hue >= 0 && hue <= 360 && len(h.Hue) <= 20
}

// hats are those that there are in a room. r.mu is held.
func (r *room) hats() []hat {
	switch {
	case r.group.IsZero():
		return r.conf.Hats
	case r.conf.Announcement:
		return []hat{leadHat(), speakerHat()}
	}
	return []hat{leadHat()}
}

// hatsOf are those that somebody wears. r.mu is held.
func (r *room) hatsOf(bare xmpp.JID, aff Affiliation) (list []hat) {
	if !r.group.IsZero() {
		if aff == Admin {
			list = append(list, leadHat())
		}
		if r.conf.Announcement && r.conf.Voices[bare.String()] {
			list = append(list, speakerHat())
		}
		return list
	}
	for _, uri := range r.conf.Worn[bare] {
		if i := hatAt(r.conf.Hats, uri); i >= 0 {
			list = append(list, r.conf.Hats[i])
		}
	}
	return list
}

func hatAt(list []hat, uri string) int {
	return slices.IndexFunc(list, func(h hat) bool { return h.URI == uri })
}

// dress gives an occupant the hats that he or she wears now; changed tells whether they are others. r.mu is held.
func (r *room) dress(o *occupant) (changed bool) {
	list := r.hatsOf(o.bare, o.aff)
	if len(list) == 0 && o.hats == "" {
		return false
	}
	e := xmpp.El(nsHats, "hats")
	for _, h := range list {
		c := xmpp.El(nsHats, "hat").Set("uri", h.URI).Set("title", h.Title)
		if h.Hue != "" {
			c.Set("hue", h.Hue)
		}
		if h.lang != "" {
			c.Set("xml:lang", h.lang)
		}
		e.Add(c)
	}
	was := o.hats
	if o.hats = ""; len(list) > 0 {
		o.hats = string(e.Append(nil, ""))
	}
	if o.hats == was {
		return false
	}
	o.stale()
	return true
}

// hatsHash tells whether the hats of a room are those that a client knows (XEP-0317 § 2). r.mu is held.
func (r *room) hatsHash() string {
	list := r.hats()
	if len(list) == 0 {
		return ""
	}
	m := sha1.New()
	for _, h := range list {
		m.Write([]byte(h.URI + "\x00" + h.Title + "\x00" + h.Hue + "\n"))
	}
	return hex.EncodeToString(m.Sum(nil))
}

// keyWorn is where the stored configuration keeps who wears which hats.
const keyWorn = "x-hats-worn"

func parseHats(s string) (list []hat, ok bool) { return list, json.Unmarshal([]byte(s), &list) == nil }

func formatHats(list []hat) string {
	b, _ := json.Marshal(list) // strings only
	return string(b)
}

func parseWorn(s string) (map[xmpp.JID][]string, bool) {
	var m map[string][]string
	if err := json.Unmarshal([]byte(s), &m); err != nil {
		return nil, false
	}
	worn := make(map[xmpp.JID][]string, len(m))
	for key, uris := range m {
		j, err := xmpp.ParseJID(key)
		if err != nil {
			return nil, false
		}
		worn[j] = uris
	}
	return worn, true
}

func formatWorn(worn map[xmpp.JID][]string) string {
	m := make(map[string][]string, len(worn))
	for j, uris := range worn {
		m[j.String()] = uris
	}
	b, _ := json.Marshal(m) // strings only
	return string(b)
}

// undressing are accounts that were deleted, whose hats are still to be taken.
type undressing struct {
	mu sync.Mutex
	of []xmpp.JID // guarded by mu
}

func (u *undressing) add(j xmpp.JID) (first bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.of = append(u.of, j)
	return len(u.of) == 1
}

func (u *undressing) take() []xmpp.JID {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := u.of
	u.of = nil
	return list
}

// undressLater has the worker take the hats of a deleted account. One walk through the rooms is for all who go meanwhile: guests come
// and go as fast as they like.
func (s *Service) undressLater(account xmpp.JID) {
	if !s.undressing.add(account) {
		return
	}
	if !s.later(func(ctx context.Context) { s.undress(ctx, s.undressing.take()...) }) {
		s.Logger.Warn("hats of deleted accounts not taken: too much waits for storage", "accounts", len(s.undressing.take()))
	}
}

// undress takes the hats of accounts that were deleted: whoever gets an address next does not inherit them. It runs on the worker.
func (s *Service) undress(ctx context.Context, accounts ...xmpp.JID) {
	list, err := s.Store.Rooms(ctx, "")
	for i := range list {
		worn := list[i].Config[keyWorn]
		for _, j := range accounts {
			if err == nil && worn != "" && strings.Contains(worn, strconv.Quote(j.String())) {
				err = s.undressIn(ctx, list[i].JID, j)
			}
		}
	}
	if err != nil {
		s.Logger.Error("hats of deleted accounts not taken", "accounts", len(accounts), "err", err)
	}
}

func (s *Service) undressIn(ctx context.Context, room, account xmpp.JID) error {
	r, release, err := s.use(ctx, room)
	if err != nil {
		return err
	}
	defer release()
	return r.changing(func() error {
		var next settings
		var rec storage.Room
		r.do(func() {
			next, rec = r.conf, r.record()
			next.Worn = maps.Clone(next.Worn)
			delete(next.Worn, account)
			rec.Config = next.stored()
		})
		if err := s.Store.PutRoom(ctx, rec); err != nil {
			return err
		}
		r.do(func() { r.conf.Worn = next.Worn })
		return nil
	})
}

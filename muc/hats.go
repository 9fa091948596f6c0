package muc

import (
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"myna/xmpp"
)

// nsHats are what a room says of the part that somebody plays (XEP-0317).
const nsHats = "urn:xmpp:hats:0"

// Bounds of a hat, in bytes.
const (
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

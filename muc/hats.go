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

// Bounds of hats, in bytes.
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

// hatsOf are those that somebody wears under a configuration. r.mu is held.
func (r *room) hatsOf(bare xmpp.JID, aff Affiliation, c *settings) (list []hat) {
	if !r.group.IsZero() {
		if aff == Admin {
			list = append(list, leadHat())
		}
		if c.Announcement && c.Voices[bare.String()] {
			list = append(list, speakerHat())
		}
		return list
	}
	for _, uri := range c.Worn[bare] {
		if i := hatAt(c.Hats, uri); i >= 0 {
			list = append(list, c.Hats[i])
		}
	}
	return list
}

func hatAt(list []hat, uri string) int {
	return slices.IndexFunc(list, func(h hat) bool { return h.URI == uri })
}

// dress gives an occupant the hats that he or she wears now; changed tells whether they are others. r.mu is held.
func (r *room) dress(o *occupant) (changed bool) {
	text := r.hatsText(o, &r.conf)
	if text == o.hats {
		return false
	}
	o.hats = text
	o.stale()
	return true
}

// hatsText is what presence says of an occupant's hats (XEP-0317 § 3.1), "" for none. r.mu is held.
func (r *room) hatsText(o *occupant, conf *settings) string {
	list := r.hatsOf(o.bare, o.aff, conf)
	if len(list) == 0 {
		return ""
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
	return string(e.Append(nil, ""))
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

// heavier tells whether hats, and who wears which, need more bytes than they may, and more than before: what there is may be made less
// at any time.
func (c *settings) heavier(before *settings, most int) bool {
	size := func(c *settings) int { return len(formatHats(c.Hats)) + len(formatWorn(c.Worn)) }
	n := size(c)
	return n > most && n > size(before)
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

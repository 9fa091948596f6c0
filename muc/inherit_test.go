package muc

import (
	"strings"
	"testing"

	"myna/storage"
)

// A room that loses its last owner with the account has new ones: its admins, or else who has made it (XEP-0045 § 10). It does not take
// somebody to be there for that, nor a server that has not been stopped in between.
func TestHeirs(t *testing.T) {
	for name, c := range map[string]struct {
		list []string // affiliations besides
		want []string // owners
		make string   // who has made it
	}{
		"admins":  {[]string{"b@example.net admin", "c@example.net admin", "d@example.net member"}, []string{"b@example.net", "c@example.net"}, "d@example.net"},
		"maker":   {[]string{"b@example.net member", "d@example.net member"}, []string{"d@example.net"}, "d@example.net"},
		"put out": {[]string{"b@example.net member"}, nil, "d@example.net"},
		"domain":  {[]string{"example.org admin"}, nil, ""},
		"banned":  {[]string{"d@example.net outcast"}, nil, "d@example.net"},
		"gone":    {[]string{"b@example.net member"}, nil, "nobody@example.net"},
		"another": {[]string{"b@example.net admin", "c@example.net owner"}, []string{"c@example.net"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, nil)
			conf := defaultSettings()
			conf.Persistent = true
			conf.rest = map[string]string{makerKey: c.make}
			room := w.jid("den@groups.example.net")
			affs := []storage.Affiliation{{JID: w.jid("a@example.net"), Affiliation: "owner"}}
			for _, one := range c.list {
				who, aff, _ := strings.Cut(one, " ")
				affs = append(affs, storage.Affiliation{JID: w.jid(who), Affiliation: aff, Nick: "N-" + who})
			}
			if err := w.store.Rooms().PutRoom(t.Context(), storage.Room{JID: room, Config: conf.stored()}, affs...); err != nil {
				t.Fatal(err)
			}
			w.service.list(room, listingOf(&conf))
			affs[0].Affiliation = None.String() // what storage does with the account
			if err := w.store.Rooms().SetAffiliations(t.Context(), room, affs[:1]); err != nil {
				t.Fatal(err)
			}
			w.service.ForgetAccount(affs[0].JID)
			<-w.service.departed.add()
			list, err := w.store.Rooms().Affiliations(t.Context(), room)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, a := range list {
				if a.Affiliation == "owner" {
					got = append(got, a.JID.String())
				}
				if strings.HasPrefix(a.Nick, "N-") != (a.Nick == "N-"+a.JID.String()) {
					t.Errorf("%s lost the nickname", a.JID)
				}
			}
			if strings.Join(got, " ") != strings.Join(c.want, " ") {
				t.Errorf("owners are %v, want %v", got, c.want)
			}
		})
	}
}

// The account that made a room is not the next one of its address, where rooms have not forgotten it yet.
func TestNoHeirBeforeItIsForgotten(t *testing.T) {
	_, _, a, b, r := newDen(t)
	r.do(func() {
		r.conf.rest = map[string]string{makerKey: b.jid.Bare().String()}
		delete(r.affs, a.jid.Bare())
		r.affs[b.jid.Bare()] = standing{aff: Member}
	})
	if heirs := r.heirs(); len(heirs) != 1 || heirs[0].jid != b.jid.Bare() {
		t.Errorf("the heirs are %v", heirs)
	}
	r.s.departed.mu.Lock()
	r.s.departed.left[b.jid.Bare()] = true // as in a walk that goes on
	r.s.departed.mu.Unlock()
	if heirs := r.heirs(); len(heirs) != 0 {
		t.Errorf("an account that is not forgotten inherits: %v", heirs)
	}
}

// Who is in the room when that happens sees it.
func TestHeirsSeen(t *testing.T) {
	w, _, a, b, r := newDen(t)
	a.admin(r.jid.String(), `<item jid="b@example.net" affiliation="admin"/>`)
	b.until(`affiliation="admin"`, `code="110"`)
	w.router.Unbind(a)
	w.service.closed(a)
	if err := w.store.Rooms().SetAffiliations(t.Context(), r.jid, []storage.Affiliation{{JID: a.jid.Bare(), Affiliation: "none"}}); err != nil {
		t.Fatal(err)
	}
	w.service.ForgetAccount(a.jid)
	b.until(`affiliation="owner"`, `code="110"`)
	b.configure(r.jid.String(), flag("roomname", "Mine"))
}

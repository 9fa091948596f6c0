package muc

import "testing"

// TestInitialRoles is the table of XEP-0045 § 5.1.2.
func TestInitialRoles(t *testing.T) {
	kinds := []struct {
		name string
		conf settings
		want [Owner + 2]Role // of outcast, none, member, admin, owner
	}{
		{"moderated", settings{Moderated: true}, [...]Role{NoRole, Visitor, Participant, Moderator, Moderator}},
		{"unmoderated", settings{}, [...]Role{NoRole, Participant, Participant, Moderator, Moderator}},
		{"members-only", settings{MembersOnly: true}, [...]Role{NoRole, NoRole, Participant, Moderator, Moderator}},
		{"announcement", settings{MembersOnly: true, Moderated: true, Announcement: true},
			[...]Role{NoRole, NoRole, Visitor, Moderator, Moderator}},
	}
	for _, k := range kinds {
		for a := Outcast; a <= Owner; a++ {
			if got := initialRole(a, &k.conf); got != k.want[a+1] {
				t.Errorf("%s, %s: role %s, want %s", k.name, a, got, k.want[a+1])
			}
		}
	}
}

// TestChangeAffiliation is the table of XEP-0045 § 5.2.2 with the errors of § 9 and § 10, for each pair of affiliations
// from and to: a allowed, f forbidden, n not-allowed.
func TestChangeAffiliation(t *testing.T) {
	rows := map[Affiliation][5]string{ // columns of each string: to outcast, none, member, admin, owner
		Outcast: {"fffff", "fffff", "fffff", "fffff", "fffff"},
		None:    {"fffff", "fffff", "fffff", "fffff", "fffff"},
		Member:  {"fffff", "fffff", "fffff", "fffff", "fffff"},
		Admin:   {"aaaff", "aaaff", "aaaff", "nffff", "nffff"},
		Owner:   {"aaaaa", "aaaaa", "aaaaa", "aaaaa", "aaaaa"},
	}
	for actor, froms := range rows {
		for i, row := range froms {
			for j, want := range row {
				from, to := Affiliation(i-1), Affiliation(j-1)
				if got := "afnc"[changeAffiliation(actor, from, to, false, false)]; rune(got) != want {
					t.Errorf("%s makes %s of %s: %c, want %c", actor, to, from, got, want)
				}
			}
		}
	}
	for _, c := range []struct {
		actor, from, to Affiliation
		self, last      bool
		want            verdict
	}{
		{Admin, Admin, Outcast, true, false, conflict},    // § 9.1
		{Owner, Owner, Outcast, true, false, conflict},    // § 9.1
		{Owner, Owner, Member, true, true, conflict},      // § 10.4: the last owner
		{Owner, Owner, Member, true, false, allowed},      // § 10.4
		{Owner, Owner, Owner, true, true, allowed},        // nothing changes
		{Admin, Admin, Member, true, false, forbidden},    // § 10.8
		{Owner, Owner, Admin, false, true, conflict},      // somebody with the affiliation of a domain
		{Member, Member, None, true, false, forbidden},    // § 9
		{Admin, Member, Outcast, false, false, allowed},   // § 9.1
		{Admin, Owner, Outcast, false, false, notAllowed}, // § 9.1
	} {
		if got := changeAffiliation(c.actor, c.from, c.to, c.self, c.last); got != c.want {
			t.Errorf("%+v: got %d", c, got)
		}
	}
}

// TestPrivilegesOfRoles is the table of XEP-0045 § 5.1.1, for what is decided by roles alone: who may speak to all and set the
// subject in a moderated room, and who may kick, give and take voice.
func TestPrivilegesOfRoles(t *testing.T) {
	victim, mute := party{None, Participant}, party{None, Visitor}
	r := &room{conf: settings{Moderated: true}}
	free := &room{conf: settings{Moderated: true, ChangeSubject: true}}
	for role, want := range map[Role]struct{ speak, subject, subjectFree, manage bool }{
		NoRole:      {},
		Visitor:     {},
		Participant: {speak: true, subjectFree: true},
		Moderator:   {true, true, true, true},
	} {
		o := &occupant{role: role}
		if got := r.mayPost(o, nil, false) == nil; got != want.speak {
			t.Errorf("%s speaks: %t", role, got)
		}
		if got := r.mayPost(o, nil, true) == nil; got != want.subject {
			t.Errorf("%s sets the subject: %t", role, got)
		}
		if got := free.mayPost(o, nil, true) == nil; got != want.subjectFree {
			t.Errorf("%s sets the subject where participants may: %t", role, got)
		}
		for what, got := range map[string]verdict{
			"kicks":       changeRole(party{None, role}, victim, NoRole, false),
			"takes voice": changeRole(party{None, role}, victim, Visitor, false),
			"gives voice": changeRole(party{None, role}, mute, Participant, false),
		} {
			if (got == allowed) != want.manage {
				t.Errorf("%s %s: verdict %d", role, what, got)
			}
		}
	}
}

// TestRolesOfAdmins is XEP-0045 § 5.1.3: for each pair of affiliations of a moderator who acts and a target that is a
// moderator or a participant: a allowed, f forbidden, n not-allowed.
func TestRolesOfAdmins(t *testing.T) {
	for _, c := range []struct {
		what     string
		from, to Role
		want     map[Affiliation]string // of the actor; targets none, member, admin, owner
	}{
		{"revokes moderator status (§ 9.7)", Moderator, Participant, map[Affiliation]string{None: "ffnn", Member: "ffnn", Admin: "aann", Owner: "aann"}},
		{"makes a visitor of a moderator (§ 8.4)", Moderator, Visitor, map[Affiliation]string{None: "fnnn", Member: "fnnn", Admin: "aann", Owner: "aann"}},
		{"kicks a moderator (§ 8.2)", Moderator, NoRole, map[Affiliation]string{None: "nnnn", Member: "nnnn", Admin: "aaan", Owner: "aaaa"}},
		{"revokes voice (§ 8.4)", Participant, Visitor, map[Affiliation]string{None: "annn", Member: "annn", Admin: "aann", Owner: "aann"}},
		{"makes a moderator (§ 9.6)", Participant, Moderator, map[Affiliation]string{None: "ffff", Member: "ffff", Admin: "aaaa", Owner: "aaaa"}},
		{"kicks (§ 8.2)", Participant, NoRole, map[Affiliation]string{None: "annn", Member: "aann", Admin: "aaan", Owner: "aaaa"}},
	} {
		for actor, row := range c.want {
			for i, want := range row {
				target := Affiliation(i)
				if got := "afnc"[changeRole(party{actor, Moderator}, party{target, c.from}, c.to, false)]; rune(got) != want {
					t.Errorf("%s %s, from %s: %c, want %c", actor, c.what, target, got, want)
				}
			}
		}
	}
}

// TestChangeRole checks § 5.1.1, § 5.1.3, § 8.2 to § 8.4, § 9.6 and § 9.7.
func TestChangeRole(t *testing.T) {
	for _, c := range []struct {
		name          string
		actor, target party
		to            Role
		self          bool
		want          verdict
	}{
		{"a participant kicks", party{Member, Participant}, party{None, Visitor}, NoRole, false, forbidden},
		{"an owner who is no moderator kicks", party{Owner, Participant}, party{None, Visitor}, NoRole, false, forbidden},
		{"a moderator kicks", party{None, Moderator}, party{None, Participant}, NoRole, false, allowed},
		{"a moderator kicks a member", party{None, Moderator}, party{Member, Participant}, NoRole, false, notAllowed},
		{"a moderator kicks a moderator", party{None, Moderator}, party{None, Moderator}, NoRole, false, notAllowed},
		{"a member kicks an admin", party{Member, Moderator}, party{Admin, Moderator}, NoRole, false, notAllowed},
		{"an admin kicks an owner", party{Admin, Moderator}, party{Owner, Moderator}, NoRole, false, notAllowed},
		{"an admin kicks a moderator", party{Admin, Moderator}, party{Member, Moderator}, NoRole, false, allowed},
		{"somebody kicks himself", party{Owner, Moderator}, party{Owner, Moderator}, NoRole, true, conflict},
		{"voice is granted", party{None, Moderator}, party{Member, Visitor}, Participant, false, allowed},
		{"voice is revoked", party{None, Moderator}, party{None, Participant}, Visitor, false, allowed},
		{"voice is revoked from an equal", party{Member, Moderator}, party{Member, Participant}, Visitor, false, notAllowed},
		{"voice is revoked from a member by an admin", party{Admin, Moderator}, party{Member, Participant}, Visitor, false, allowed},
		{"voice is revoked from an admin", party{Owner, Moderator}, party{Admin, Participant}, Visitor, false, notAllowed},
		{"an admin makes a moderator", party{Admin, Moderator}, party{None, Participant}, Moderator, false, allowed},
		{"a moderator makes a moderator", party{Member, Moderator}, party{None, Participant}, Moderator, false, forbidden},
		{"an admin takes it back", party{Admin, Moderator}, party{Member, Moderator}, Participant, false, allowed},
		{"an owner takes it from an admin", party{Owner, Moderator}, party{Admin, Moderator}, Participant, false, notAllowed},
		{"nothing changes", party{None, Moderator}, party{Owner, Moderator}, Moderator, false, allowed},
	} {
		if got := changeRole(c.actor, c.target, c.to, c.self); got != c.want {
			t.Errorf("%s: verdict %d, want %d", c.name, got, c.want)
		}
	}
}

// TestPrivilegesOfAffiliations is the table of XEP-0045 § 5.2.1: who may enter, read the list of members and edit the lists.
// What only owners may (§ 10.2, § 10.9) is in the transcripts config and destroy.
func TestPrivilegesOfAffiliations(t *testing.T) {
	w := newWorld(t, nil)
	closed, semi := settings{MembersOnly: true, NonAnonymous: true, MemberList: everyRole()}, settings{MemberList: everyRole()}
	for aff, want := range map[Affiliation]struct{ open, members, list, semiList, ban, edit, admins, owners bool }{
		Outcast: {},
		None:    {open: true},
		Member:  {open: true, members: true, list: true},
		Admin:   {open: true, members: true, list: true, semiList: true, ban: true, edit: true},
		Owner:   {true, true, true, true, true, true, true, true},
	} {
		enters := func(conf settings) bool {
			r := newRoom(w.service, w.jid("den@groups.example.net"))
			r.conf = conf
			r.stand(w.jid("a@example.net"), standing{aff: aff})
			return r.admit(&entry{from: w.jid("a@example.net/1"), nick: "A"}) == nil
		}
		reads := func(c *settings) bool { return mayRead(party{aff, initialRole(aff, c)}, Member, c) }
		edits := func(from, to Affiliation) bool { return changeAffiliation(aff, from, to, false, false) == allowed }
		for what, c := range map[string]struct{ got, want bool }{
			"enters an open room":                  {enters(settings{Broadcast: everyRole()}), want.open},
			"enters a room for members only":       {enters(closed), want.members},
			"reads the list of members":            {reads(&closed), want.list},
			"reads it in a semi-anonymous room":    {reads(&semi), want.semiList},
			"bans a member":                        {edits(Member, Outcast), want.ban},
			"bans somebody":                        {edits(None, Outcast), want.ban},
			"makes a member":                       {edits(None, Member), want.edit},
			"makes nobody of a member":             {edits(Member, None), want.edit},
			"makes an admin":                       {edits(Member, Admin), want.admins},
			"makes a member of an admin":           {edits(Admin, Member), want.admins},
			"makes an owner":                       {edits(Admin, Owner), want.owners},
			"makes an admin of an owner":           {edits(Owner, Admin), want.owners},
			"gives and takes a moderator's status": {changeRole(party{aff, Moderator}, party{Member, Participant}, Moderator, false) == allowed, want.edit},
		} {
			if c.got != c.want {
				t.Errorf("%s %s: %t, want %t", aff, what, c.got, c.want)
			}
		}
	}
}

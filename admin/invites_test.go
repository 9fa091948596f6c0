package admin

import (
	"strings"
	"testing"
	"time"

	"myna/storage"
)

// What an administrator decides of an invitation is kept, its token is told once, and all of it is in the audit log but that.
func TestInvites(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "minh@other.example")
	must[Alias](f, "alias.create", CreateAlias{"sales@example.com", AliasFields{Targets: []string{"lan@example.com"}}})
	i := must[CreatedInvite](f, "invite.create", CreateInvite{Account: "Mai@example.com", Inviter: "lan@example.com", Note: "Mai",
		Groups: []string{"sales@example.com", "Sales@example.com"}, Days: 3})
	if i.Account != "mai@example.com" || i.Domain != "example.com" || i.Inviter != "lan@example.com" || len(i.Groups) != 1 || i.Most != 1 ||
		i.Expires.Sub(i.Created) != 72*time.Hour || i.State != "open" || i.By != "cli" {
		t.Errorf("created %+v", i)
	}
	if len(i.Token) != 36 || !strings.HasPrefix(i.Token, i.ID) || i.URI != "xmpp:mai@example.com?register;preauth="+i.Token ||
		i.Page != "https://example.com/invite/"+i.Token {
		t.Errorf("told %+v", i)
	}
	for uri, r := range map[string]CreateInvite{
		"xmpp:example.com?register;preauth=TOKEN":         {Domain: "example.com", Uses: 20},
		"xmpp:lan@example.com?roster;preauth=TOKEN;ibr=y": {Inviter: "lan@example.com", Contact: true},
		"xmpp:x%25%2F@example.com?register;preauth=TOKEN": {Account: "x%/@example.com"},
	} {
		if strings.Contains(r.Account, "/") { // no localpart has one
			f.refused(CommandLine(), "invite.create", r, Invalid, "")
			continue
		}
		made := must[CreatedInvite](f, "invite.create", r)
		if got := strings.Replace(made.URI, made.Token, "TOKEN", 1); got != uri {
			t.Errorf("%+v: %s", r, got)
		}
	}
	list := must[[]Invite](f, "invite.list", ListInvites{})
	if len(list) != 3 || len(must[[]Invite](f, "invite.list", ListInvites{Domain: "other.example"})) != 0 ||
		len(must[[]Invite](f, "invite.list", ListInvites{Page: Page{Search: "mai"}})) != 1 {
		t.Errorf("listed %+v", list)
	}
	f.refused(CommandLine(), "account.create", CreateAccount{Address: "mai@example.com", Password: "secret"}, Conflict, "is kept for somebody")
	f.refused(CommandLine(), "alias.create", CreateAlias{"mai@example.com", AliasFields{Targets: []string{"lan@example.com"}}}, Conflict, "is kept for somebody")
	must[Invite](f, "invite.revoke", RevokeInvite{i.ID})
	must[CreatedAccount](f, "account.create", CreateAccount{Address: "mai@example.com", Password: "secret"})
	f.refused(CommandLine(), "invite.revoke", RevokeInvite{i.ID}, NotFound, "")
	for _, l := range must[[]AuditLine](f, "audit.list", ListAudit{Domain: "example.com"}) {
		if strings.Contains(string(l.Change), i.Token) {
			t.Errorf("the token is in the audit log: %s", l.Change)
		}
	}
	if got := strings.Join(f.actions(), "\n"); strings.Count(got, "invite.create example.com") != 3 || !strings.Contains(got, "invite.revoke example.com") {
		t.Error(got)
	}
}

func TestRefusedInvites(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "minh@other.example")
	domain := Actor{Name: "lan@example.com", Role: storage.DomainAdmin, Domain: "example.com", Door: "api"}
	for _, c := range []struct {
		who  Actor
		r    CreateInvite
		kind Kind
		text string
	}{
		{CommandLine(), CreateInvite{}, Invalid, "a domain is needed"},
		{CommandLine(), CreateInvite{Domain: "nowhere.example"}, Invalid, "is not a domain of this server"},
		{CommandLine(), CreateInvite{Account: "lan@example.com"}, Conflict, "is an account or an alias already"},
		{CommandLine(), CreateInvite{Account: "mai@example.com", Domain: "other.example"}, Invalid, "is not of"},
		{CommandLine(), CreateInvite{Account: "mai@example.com", Uses: 2}, Invalid, "once"},
		{CommandLine(), CreateInvite{Domain: "example.com", Inviter: "mai@example.com"}, NotFound, "is no account"},
		{CommandLine(), CreateInvite{Domain: "example.com", Inviter: "minh@other.example", Contact: true}, Invalid, "has an account there"},
		{CommandLine(), CreateInvite{Domain: "example.com", Contact: true}, Invalid, "an inviter is needed"},
		{CommandLine(), CreateInvite{Domain: "example.com", Groups: []string{"sales@example.com"}}, NotFound, "no alias"},
		{CommandLine(), CreateInvite{Domain: "example.com", Days: 366}, Invalid, "days"},
		{CommandLine(), CreateInvite{Domain: "example.com", Uses: -1}, Invalid, "uses"},
		{CommandLine(), CreateInvite{Domain: "example.com", Note: "a\nb"}, Invalid, "note"},
		{domain, CreateInvite{Domain: "other.example"}, Forbidden, "you administer example.com only"},
		{domain, CreateInvite{Inviter: "minh@other.example"}, Forbidden, "you administer example.com only"},
	} {
		f.refused(c.who, "invite.create", c.r, c.kind, c.text)
	}
	if i := must[CreatedInvite](f, "invite.create", CreateInvite{Domain: "other.example"}); i.ID != "" {
		f.refused(domain, "invite.revoke", RevokeInvite{i.ID}, NotFound, "")
	}
}

// People invite to become their contacts where the domain lets them, and have so many invitations out; they see their own.
func TestInvitesOfPeople(t *testing.T) {
	f := newFixture(t)
	f.people("lan@example.com", "minh@example.com")
	lan := Actor{Name: "lan@example.com", Domain: "example.com", Door: "xmpp"}
	own := CreateInvite{Inviter: "lan@example.com", Contact: true}
	for _, r := range []CreateInvite{{Inviter: "lan@example.com"}, {Inviter: "minh@example.com", Contact: true}, {Inviter: own.Inviter, Contact: true, Uses: 2},
		{Inviter: own.Inviter, Contact: true, Days: 8}, {Inviter: own.Inviter, Contact: true, Account: "mai@example.com"}, {Domain: "other.example"}} {
		f.refused(lan, "invite.create", r, Forbidden, "administrators")
	}
	var made CreatedInvite
	for range 10 {
		if err := (Local{f.Admin, lan}).Call(t.Context(), "invite.create", own, &made, nil); err != nil {
			t.Fatal(err)
		}
	}
	f.refused(lan, "invite.create", own, Conflict, "you have 10 invitations out")
	must[CreatedInvite](f, "invite.create", CreateInvite{Domain: "example.com"})
	var list []Invite
	if err := (Local{f.Admin, lan}).Call(t.Context(), "invite.list", ListInvites{}, &list, nil); err != nil || len(list) != 10 {
		t.Errorf("%d invitations, %v", len(list), err)
	}
	minh := Actor{Name: "minh@example.com", Domain: "example.com", Door: "xmpp"}
	f.refused(minh, "invite.revoke", RevokeInvite{made.ID}, NotFound, "")
	if err := (Local{f.Admin, lan}).Call(t.Context(), "invite.revoke", RevokeInvite{made.ID}, &Invite{}, nil); err != nil {
		t.Error(err)
	}
	must[Account](f, "account.disable", Identified{"lan@example.com"})
	f.refused(lan, "invite.create", own, Forbidden, "administrators")
}

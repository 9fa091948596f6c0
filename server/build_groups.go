package server

import (
	"context"
	"errors"
	"os"
	"slices"
	"strings"
	"time"

	"myna/admin"
	"myna/config"
	"myna/hook"
	"myna/muc/digest"
	"myna/muc/groups"
	"myna/storage"
	"myna/xep/bookmarks"
	"myna/xmpp"
	"myna/xmpp/ns"
)

func buildGroups(p *parts) (hook.Module, error) {
	p.digest = buildDigest(p)
	p.groups = groups.New(groups.Options{
		Came:  p.digest.Came,
		Store: p.store, Rooms: p.rooms, Router: p.router, Accounts: p.accounts, Logger: p.log,
		Local:    func(domain string) bool { return slices.Contains(p.cfg.Hosts, domain) },
		Host:     p.cfg.GroupsHost,
		Files:    groupFiles{p},
		Follower: groupBookmarks{p.bookmarks}, Uninformed: p.withoutBookmarks,
		MembersChanged: func(accounts []xmpp.JID, before, after int) {
			p.contacts.TeamChanged(accounts, before, after)
			p.pubsub.Review(accounts...) // who is whose colleague in a large domain
		},
	})
	if err := p.groups.Load(p.ctx); err != nil {
		return nil, err
	}
	p.bookmarks.Follow(accountGroups{p.groups})
	p.rooms.Follow(p.groups)
	p.accounts.OnChange(p.groups.AccountChanged)
	p.starters = append(p.starters, p.groups.Run)
	p.starters = append(p.starters, p.digest.Run)
	return p.groups, nil
}

func buildDigest(p *parts) *digest.Digest {
	options := p.options.(*config.Options[digest.Config])
	password := func(file string) (string, error) {
		b, err := os.ReadFile(p.cfg.SecretFile(file))
		return strings.TrimSpace(string(b)), err
	}
	return digest.New(digest.Options{
		Store: p.store, Config: options, Logger: p.log, Sessions: p.router.Sessions, Wants: p.bookmarks.Wants,
		Chat: func(domain string) string { return publicURL(p.cfg, domain) + "/" },
		Account: func(j xmpp.JID) (storage.Account, bool) {
			a, ok := p.accounts.Account(j)
			return a, ok && !a.Disabled && !a.ChatOff
		},
		Everybody: func() (list []xmpp.JID) {
			for _, host := range p.cfg.Hosts {
				for a := range p.accounts.Each(host) {
					list = append(list, a.JID)
				}
			}
			return list
		},
		Groups: func(account xmpp.JID) (list []digest.Group) {
			for _, g := range p.groups.GroupsOf(account) {
				list = append(list, digest.Group{Room: g.Room, Name: g.Name, Nick: g.Nick})
			}
			return list
		},
		Since: func(ctx context.Context, account, room xmpp.JID) (time.Time, error) {
			a, err := p.store.Rooms().Affiliation(ctx, room, account)
			if errors.Is(err, storage.ErrNotFound) { // just now
				err = nil
			}
			return a.Since, err
		},
		Send: func(ctx context.Context, m *digest.Mail) error { return digest.Relay(ctx, options.All(), password, m) },
	})
}

// accountGroups tells bookmarks who is in which group.
type accountGroups struct{ *groups.Service }

// GroupsOf lists the groups of an account.
func (a accountGroups) GroupsOf(account xmpp.JID) []bookmarks.Group {
	list := a.Service.GroupsOf(account)
	out := make([]bookmarks.Group, 0, len(list))
	for _, g := range list {
		out = append(out, bookmarkOf(g))
	}
	return out
}

func bookmarkOf(g groups.Group) bookmarks.Group {
	return bookmarks.Group{
		Room: g.Room, Name: g.Name, Nick: g.Nick, Mandatory: g.Membership == "mandatory", MayLeave: g.Membership == "leave",
	}
}

// groupBookmarks tells clients of their groups by bookmarks.
type groupBookmarks struct{ marks *bookmarks.Bookmarks }

// Added announces a bookmark.
func (b groupBookmarks) Added(account xmpp.JID, g groups.Group) error {
	return b.marks.Added(account, bookmarkOf(g))
}

// Changed announces a bookmark again.
func (b groupBookmarks) Changed(account xmpp.JID, g groups.Group) error {
	return b.marks.Changed(account, bookmarkOf(g))
}

// Removed takes a bookmark back.
func (b groupBookmarks) Removed(account xmpp.JID, g groups.Group) error {
	return b.marks.Removed(account, bookmarkOf(g))
}

// withoutBookmarks lists the available clients of an account that bookmarks are not announced to, as far as is known; the
// account itself where it has no client now. Those that wait to be resumed come first.
func (p *parts) withoutBookmarks(account xmpp.JID) []xmpp.JID {
	var list []xmpp.JID
	available := false
	for _, s := range p.router.Sessions(account) {
		if s.Presence() == nil {
			continue
		}
		available = true
		if yes, _ := p.pubsub.Interested(s.JID(), ns.Bookmarks); !yes {
			if s.Detached() {
				list = slices.Insert(list, 0, s.JID())
			} else {
				list = append(list, s.JID())
			}
		}
	}
	if !available {
		return []xmpp.JID{account}
	}
	return list
}

// effective tells administration what aliases come to.
type effective struct{ groups *groups.Service }

// Readmit lets accounts be members again that have left.
func (e effective) Readmit(ctx context.Context, room xmpp.JID, accounts []xmpp.JID) ([]xmpp.JID, error) {
	return e.groups.Readmit(ctx, room, accounts)
}

// Resolve flattens an alias.
func (e effective) Resolve(ctx context.Context, alias xmpp.JID) (admin.Resolution, error) {
	res, err := e.groups.Resolve(ctx, alias)
	return resolutionOf(res), err
}

// Preview flattens an alias that is not saved.
func (e effective) Preview(ctx context.Context, draft *storage.Alias) (admin.Resolution, error) {
	res, err := e.groups.Preview(ctx, draft)
	return resolutionOf(res), err
}

func resolutionOf(res groups.Resolution) admin.Resolution {
	out := admin.Resolution{Members: make([]admin.Member, 0, len(res.Members)), Warnings: res.Warnings, Loops: res.Loops}
	for _, m := range res.Members {
		v := admin.Member{Address: m.JID.String(), Kind: string(m.Kind), Lead: m.Lead}
		for _, via := range m.Via {
			v.Via = append(v.Via, via.String())
		}
		out.Members = append(out.Members, v)
	}
	return out
}

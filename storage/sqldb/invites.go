package sqldb

import (
	"context"
	"time"

	"myna/storage"
	"myna/xmpp"
)

const selectInvites = `SELECT id, hash, domain, local, inviter, contact, groups, note, made_by, created, expires, most, uses FROM invite `

func scanInvite(row scan) (i storage.Invite, err error) {
	var inviter, groups string
	var created, expires int64
	err = row(&i.ID, &i.Hash, &i.Domain, &i.Local, &inviter, &i.Contact, &groups, &i.Note, &i.By, &created, &expires, &i.Most, &i.Uses)
	if err != nil {
		return i, err
	}
	i.Created, i.Expires = fromMicros(created), fromMicros(expires)
	if i.Inviter, err = address(inviter); err != nil {
		return i, err
	}
	return i, decode(groups, &i.Groups)
}

// reserved refuses an address that an invitation keeps for somebody; the invitation that is named does not count.
func (t *tx) reserved(ctx context.Context, j xmpp.JID, invite string) error {
	kept, err := t.exists(ctx, `SELECT 1 FROM invite WHERE domain = $1 AND local = $2 AND expires > $3 AND uses < most AND id <> $4`,
		j.Domain(), j.Local(), micros(t.store.now()), invite)
	if err == nil && kept {
		err = storage.ErrReserved
	}
	return err
}

// CreateInvite adds an invitation.
func (s *Store) CreateInvite(ctx context.Context, i storage.Invite, most int, before time.Time, line storage.Audit) error {
	return wrap("create invite "+i.ID, s.update(ctx, func(ctx context.Context, t *tx) error {
		if _, err := t.exec(ctx, `DELETE FROM invite WHERE expires < $1`, micros(before)); err != nil {
			return err
		}
		var n int
		err := t.one(ctx, `SELECT count(*) FROM invite WHERE domain = $1 AND expires > $2 AND uses < most`,
			[]any{i.Domain, micros(t.store.now())}, &n)
		if err != nil || n >= most {
			return conflict(err)
		}
		if kept := i.Kept(); !kept.IsZero() {
			if err := t.free(ctx, kept); err != nil {
				return err
			}
		}
		err = t.must(ctx, storage.ErrConflict, `INSERT INTO invite
			(id, hash, domain, local, inviter, contact, groups, note, made_by, created, expires, most, uses)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT (id) DO NOTHING`,
			i.ID, full(i.Hash), i.Domain, i.Local, i.Inviter.String(), flag(i.Contact), encode(list(i.Groups)), i.Note, i.By,
			micros(i.Created), micros(i.Expires), i.Most, i.Uses)
		if err != nil {
			return err
		}
		return t.appendAudits(ctx, []storage.Audit{line})
	}))
}

// free refuses an address that is taken, or kept for somebody.
func (t *tx) free(ctx context.Context, j xmpp.JID) error {
	owner, err := t.owner(ctx, j)
	if err != nil {
		return err
	}
	for _, query := range []string{`SELECT 1 FROM account WHERE owner = $1`, `SELECT 1 FROM alias WHERE owner = $1`} {
		if taken, err := t.exists(ctx, query, owner); err != nil || taken {
			return conflict(err)
		}
	}
	return t.reserved(ctx, j, "")
}

// list is l as JSON knows it.
func list(l []string) []string {
	if l == nil {
		return []string{}
	}
	return l
}

// Invite returns an invitation.
func (s *Store) Invite(ctx context.Context, id string) (i storage.Invite, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		found := storage.ErrNotFound
		err := c.each(ctx, selectInvites+`WHERE id = $1`, []any{id}, func(row scan) (err error) {
			i, err = scanInvite(row)
			found = nil
			return err
		})
		if err != nil {
			return err
		}
		return found
	})
	return i, wrap("invite "+id, err)
}

// Invites lists invitations.
func (s *Store) Invites(ctx context.Context, domain string) (all []storage.Invite, err error) {
	query, args := selectInvites+`ORDER BY created DESC, id`, []any(nil)
	if domain != "" {
		query, args = selectInvites+`WHERE domain = $1 ORDER BY created DESC, id`, []any{domain}
	}
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, query, args, func(row scan) error {
			i, err := scanInvite(row)
			all = append(all, i)
			return err
		})
	})
	return all, wrap("invites", err)
}

// DeleteInvite removes an invitation.
func (s *Store) DeleteInvite(ctx context.Context, id string) error {
	return wrap("delete invite "+id, s.update(ctx, func(ctx context.Context, t *tx) error {
		return t.must(ctx, storage.ErrNotFound, `DELETE FROM invite WHERE id = $1`, id)
	}))
}

// UseInvite counts a use.
func (s *Store) UseInvite(ctx context.Context, id string) error {
	return wrap("use invite "+id, s.update(ctx, func(ctx context.Context, t *tx) error { return t.useInvite(ctx, id) }))
}

func (t *tx) useInvite(ctx context.Context, id string) error {
	return t.must(ctx, storage.ErrNotFound, `UPDATE invite SET uses = uses + 1 WHERE id = $1 AND uses < most`, id)
}

// InvitesUntil tells how long a domain has invitations.
func (s *Store) InvitesUntil(ctx context.Context) (map[string]time.Time, error) {
	until := map[string]time.Time{}
	err := s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT domain, max(expires) FROM invite WHERE uses < most GROUP BY domain`, nil, func(row scan) error {
			var domain string
			var expires int64
			err := row(&domain, &expires)
			until[domain] = fromMicros(expires)
			return err
		})
	})
	return until, wrap("invites", err)
}

// CreateInvited adds an account that comes by an invitation.
func (s *Store) CreateInvited(ctx context.Context, id string, a storage.Account, creds []storage.Credential, lines ...storage.Audit) error {
	return wrap("create invited account "+a.JID.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		if err := t.useInvite(ctx, id); err != nil {
			return err
		}
		if err := t.createAccount(ctx, &a, creds, id); err != nil {
			return err
		}
		owner, err := t.owner(ctx, a.JID)
		if err != nil {
			return err
		}
		_, err = t.exec(ctx, `INSERT INTO invited (owner, invite, inviter, groups) SELECT $1, id, inviter, groups FROM invite WHERE id = $2`, owner, id)
		if err != nil {
			return err
		}
		return t.appendAudits(ctx, lines)
	}))
}

// Granting lists the accounts that are still to get something.
func (s *Store) Granting(ctx context.Context) (all []storage.Invited, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT o.domain, o.local, i.invite, i.inviter, i.groups FROM invited i JOIN owner o ON o.id = i.owner
			ORDER BY i.owner`, nil, func(row scan) error {
			var i storage.Invited
			var domain, local, inviter, groups string
			err := row(&domain, &local, &i.Invite, &inviter, &groups)
			if err == nil {
				i.Account, err = xmpp.NewJID(local, domain, "")
			}
			if err == nil {
				i.Inviter, err = address(inviter)
			}
			if err == nil {
				err = decode(groups, &i.Groups)
			}
			all = append(all, i)
			return err
		})
	})
	return all, wrap("granting", err)
}

// Granted notes that an account has got all.
func (s *Store) Granted(ctx context.Context, account xmpp.JID) error {
	return wrap("granted "+account.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.known(ctx, account)
		if err != nil {
			return err
		}
		return t.must(ctx, storage.ErrNotFound, `DELETE FROM invited WHERE owner = $1`, owner)
	}))
}

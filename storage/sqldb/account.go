package sqldb

import (
	"context"
	"fmt"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// CreateAccount adds an account with its credentials.
func (s *Store) CreateAccount(ctx context.Context, a storage.Account, creds []storage.Credential) error {
	return s.CreateAccounts(ctx, []storage.Account{a}, [][]storage.Credential{creds})
}

// CreateAccounts adds many in one transaction, with lines of the audit log.
func (s *Store) CreateAccounts(ctx context.Context, accounts []storage.Account, creds [][]storage.Credential, lines ...storage.Audit) error {
	if len(creds) != len(accounts) {
		return fmt.Errorf("create accounts: %d accounts with credentials of %d", len(accounts), len(creds))
	}
	return s.update(ctx, func(ctx context.Context, t *tx) error {
		for i := range accounts {
			if err := t.createAccount(ctx, &accounts[i], creds[i], ""); err != nil {
				return fmt.Errorf("create account %s: %w", accounts[i].JID, err)
			}
		}
		return t.appendAudits(ctx, lines)
	})
}

// CreateNoted adds an account with documents.
func (s *Store) CreateNoted(ctx context.Context, a storage.Account, creds []storage.Credential, space string, docs map[string][]byte, lines ...storage.Audit) error {
	return wrap("create account "+a.JID.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		if err := t.createAccount(ctx, &a, creds, ""); err != nil {
			return err
		}
		if err := t.putDocs(ctx, a.JID, space, docs); err != nil {
			return err
		}
		return t.appendAudits(ctx, lines)
	}))
}

// createAccount adds an account that comes by an invitation, or by none.
func (t *tx) createAccount(ctx context.Context, a *storage.Account, creds []storage.Credential, invite string) error {
	owner, err := t.owner(ctx, a.JID)
	if err != nil {
		return err
	}
	if taken, err := t.exists(ctx, `SELECT 1 FROM alias WHERE owner = $1`, owner); err != nil || taken {
		return conflict(err)
	}
	if err := t.reserved(ctx, a.JID, invite); err != nil {
		return err
	}
	created := a.Created
	if created.IsZero() {
		created = t.store.now()
	}
	err = t.must(ctx, storage.ErrConflict, `INSERT INTO account
		(owner, name, department, lang, role, disabled, chat_off, created) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (owner) DO NOTHING`,
		owner, a.Name, a.Department, a.Lang, string(a.Role), flag(a.Disabled), flag(a.ChatOff), micros(created))
	if err != nil {
		return err
	}
	if err := t.putCredentials(ctx, owner, creds); err != nil {
		return err
	}
	return t.markDirty(ctx, a.JID)
}

// exists tells whether a query has a row.
func (c *conn) exists(ctx context.Context, query string, args ...any) (bool, error) {
	found := false
	err := c.each(ctx, query, args, func(scan) error { found = true; return nil })
	return found, err
}

// conflict is err, or that something is taken.
func conflict(err error) error {
	if err == nil {
		return storage.ErrConflict
	}
	return err
}

const selectAccounts = `SELECT o.domain, o.local, a.name, a.department, a.lang, a.role, a.disabled, a.chat_off, a.created
	FROM account a JOIN owner o ON o.id = a.owner `

func scanAccount(row scan) (a storage.Account, err error) {
	var domain, local string
	var created int64
	if err := row(&domain, &local, &a.Name, &a.Department, &a.Lang, &a.Role, &a.Disabled, &a.ChatOff, &created); err != nil {
		return a, err
	}
	a.Created = fromMicros(created)
	a.JID, err = xmpp.NewJID(local, domain, "")
	return a, err
}

// Account returns one account.
func (s *Store) Account(ctx context.Context, j xmpp.JID) (a storage.Account, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		err := storage.ErrNotFound
		e := c.each(ctx, selectAccounts+`WHERE o.domain = $1 AND o.local = $2`, []any{j.Domain(), j.Local()},
			func(row scan) error { a, err = scanAccount(row); return err })
		if e != nil {
			return e
		}
		return err
	})
	return a, wrap("account "+j.String(), err)
}

// Accounts lists a domain's accounts.
func (s *Store) Accounts(ctx context.Context, domain string) (list []storage.Account, err error) {
	query, args := selectAccounts+`ORDER BY o.domain, o.local`, []any(nil)
	if domain != "" {
		query, args = selectAccounts+`WHERE o.domain = $1 ORDER BY o.local`, []any{domain}
	}
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, query, args, func(row scan) error {
			a, err := scanAccount(row)
			list = append(list, a)
			return err
		})
	})
	return list, wrap("accounts", err)
}

// UpdateAccount replaces everything but the address and the time of creation.
func (s *Store) UpdateAccount(ctx context.Context, a storage.Account) error {
	return wrap("update account "+a.JID.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.known(ctx, a.JID)
		if err != nil {
			return err
		}
		err = t.must(ctx, storage.ErrNotFound, `UPDATE account SET name = $1, department = $2, lang = $3, role = $4,
			disabled = $5, chat_off = $6 WHERE owner = $7`,
			a.Name, a.Department, a.Lang, string(a.Role), flag(a.Disabled), flag(a.ChatOff), owner)
		if err == nil && a.Disabled {
			err = t.removeClients(ctx, owner)
		}
		if err != nil {
			return err
		}
		return t.markDirty(ctx, a.JID)
	}))
}

// Credentials returns the account's verifiers.
func (s *Store) Credentials(ctx context.Context, j xmpp.JID) (list []storage.Credential, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		owner, err := s.account(ctx, c, j)
		if err != nil {
			return err
		}
		return c.credentials(ctx, &list, `SELECT mech, salt, iter, stored_key, server_key, '' FROM credential
			WHERE owner = $1 ORDER BY mech`, owner)
	})
	return list, wrap("credentials of "+j.String(), err)
}

// credentials reads verifiers.
func (c *conn) credentials(ctx context.Context, list *[]storage.Credential, query string, owner int64) error {
	return c.each(ctx, query, []any{owner}, func(row scan) error {
		var k storage.Credential
		err := row(&k.Mechanism, &k.Salt, &k.Iterations, &k.StoredKey, &k.ServerKey, &k.App)
		*list = append(*list, k)
		return err
	})
}

// account returns the number of an address that is an account.
func (s *Store) account(ctx context.Context, c *conn, j xmpp.JID) (owner int64, err error) {
	err = c.one(ctx, `SELECT a.owner FROM account a JOIN owner o ON o.id = a.owner WHERE o.domain = $1 AND o.local = $2`,
		[]any{j.Domain(), j.Local()}, &owner)
	return owner, err
}

// SetCredentials replaces all credentials of the account.
func (s *Store) SetCredentials(ctx context.Context, j xmpp.JID, creds []storage.Credential) error {
	return wrap("set credentials of "+j.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := s.account(ctx, t.conn, j)
		if err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM credential WHERE owner = $1`, owner); err != nil {
			return err
		}
		if err := t.removeClients(ctx, owner); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM app_password WHERE owner = $1`, owner); err != nil {
			return err
		}
		return t.putCredentials(ctx, owner, creds)
	}))
}

func (t *tx) putCredentials(ctx context.Context, owner int64, creds []storage.Credential) error {
	for i := range creds {
		k := &creds[i]
		_, err := t.exec(ctx, `INSERT INTO credential (owner, mech, salt, iter, stored_key, server_key)
			VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (owner, mech) DO UPDATE SET salt = excluded.salt,
			iter = excluded.iter, stored_key = excluded.stored_key, server_key = excluded.server_key`,
			owner, k.Mechanism, full(k.Salt), k.Iterations, full(k.StoredKey), full(k.ServerKey))
		if err != nil {
			return err
		}
	}
	return nil
}

// AddCredentials adds verifiers to an account that still has proved.
func (s *Store) AddCredentials(ctx context.Context, j xmpp.JID, proved storage.Credential, added []storage.Credential) error {
	return wrap("add credentials of "+j.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := s.account(ctx, t.conn, j)
		if err != nil {
			return err
		}
		has, err := t.exists(ctx, `SELECT 1 FROM credential WHERE owner = $1 AND mech = $2 AND salt = $3 AND stored_key = $4`,
			owner, proved.Mechanism, full(proved.Salt), full(proved.StoredKey))
		if err != nil || !has {
			return conflict(err)
		}
		return t.putCredentials(ctx, owner, added)
	}))
}

// FewCredentials finds the accounts that have verifiers, but fewer than so many.
func (s *Store) FewCredentials(ctx context.Context, fewer int) (map[xmpp.JID][]string, error) {
	few := map[xmpp.JID][]string{}
	err := s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT o.domain, o.local, c.mech FROM credential c JOIN owner o ON o.id = c.owner WHERE c.owner IN
			(SELECT owner FROM credential GROUP BY owner HAVING count(*) < $1) ORDER BY c.owner, c.mech`, []any{fewer},
			func(row scan) error {
				var domain, local, mech string
				if err := row(&domain, &local, &mech); err != nil {
					return err
				}
				j, err := xmpp.NewJID(local, domain, "")
				few[j] = append(few[j], mech)
				return err
			})
	})
	return few, wrap("accounts with few credentials", err)
}

// HashCounts tells how many accounts have verifiers with a number of iterations.
func (s *Store) HashCounts(ctx context.Context) (list []storage.HashCount, err error) {
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.each(ctx, `SELECT o.domain, c.mech, c.iter, count(*) FROM credential c JOIN owner o ON o.id = c.owner
			GROUP BY o.domain, c.mech, c.iter ORDER BY o.domain, c.mech, c.iter`, nil, func(row scan) error {
			var n storage.HashCount
			err := row(&n.Domain, &n.Mechanism, &n.Iterations, &n.Accounts)
			list = append(list, n)
			return err
		})
	})
	return list, wrap("count iterations", err)
}

// LastSeen is the time of the last sign-off and its status text (XEP-0012 § 4).
func (s *Store) LastSeen(ctx context.Context, j xmpp.JID) (at time.Time, status string, err error) {
	var seen int64
	err = s.view(ctx, func(ctx context.Context, c *conn) error {
		return c.one(ctx, `SELECT a.seen, a.seen_status FROM account a JOIN owner o ON o.id = a.owner
			WHERE o.domain = $1 AND o.local = $2`, []any{j.Domain(), j.Local()}, &seen, &status)
	})
	return fromMicros(seen), status, wrap("last seen of "+j.String(), err)
}

// SetLastSeen records the time of a sign-off.
func (s *Store) SetLastSeen(ctx context.Context, j xmpp.JID, at time.Time, status string) error {
	return wrap("set last seen of "+j.String(), s.update(ctx, func(ctx context.Context, t *tx) error {
		owner, err := t.known(ctx, j)
		if err != nil {
			return err
		}
		return t.must(ctx, storage.ErrNotFound, `UPDATE account SET seen = $1, seen_status = $2 WHERE owner = $3`,
			micros(at), status, owner)
	}))
}

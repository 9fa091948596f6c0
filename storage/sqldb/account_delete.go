package sqldb

import (
	"context"
	"fmt"

	"myna/storage"
	"myna/xmpp"
)

// DeleteAccount removes the account and all that belongs to it. The archive goes first, in small transactions: whoever
// is interrupted finds the account and deletes it again. The address keeps its number, which others' archives name.
func (s *Store) DeleteAccount(ctx context.Context, j xmpp.JID) error {
	return wrap("delete account "+j.String(), s.deleteAccount(ctx, j.Bare()))
}

func (s *Store) deleteAccount(ctx context.Context, j xmpp.JID) error {
	var owner int64
	err := s.view(ctx, func(ctx context.Context, c *conn) (err error) {
		owner, err = s.account(ctx, c, j)
		return err
	})
	if err != nil {
		return err
	}
	if err := s.erase(ctx, owner); err != nil {
		return err
	}
	if err := s.forgetContact(ctx, j); err != nil {
		return err
	}
	return s.update(ctx, func(ctx context.Context, t *tx) error {
		if err := t.removeArchive(ctx, owner); err != nil {
			return err
		}
		for n := contactChunk; n == contactChunk; { // what has come meanwhile, which is little
			var err error
			if n, err = t.forgetContact(ctx, j); err != nil {
				return err
			}
		}
		for _, query := range []string{
			`DELETE FROM archive_pref WHERE owner = $1`,
			`DELETE FROM roster WHERE owner = $1`,
			`DELETE FROM roster_version WHERE owner = $1`,
			`DELETE FROM recent WHERE owner = $1 OR peer = $1`,
			`DELETE FROM doc WHERE owner = $1`,
			`DELETE FROM ps_node WHERE owner = $1`,
			// The files are not here: whoever removes expired ones finds their ids, and nothing else.
			`UPDATE upload SET expires = 1, name = '', type = '', size = 0 WHERE owner = $1`,
		} {
			if _, err := t.exec(ctx, query, owner); err != nil {
				return err
			}
		}
		// Whoever gets the address next must not inherit what others granted to this account. '0' is the byte after '/'.
		for _, query := range []string{
			`DELETE FROM room_affiliation WHERE jid = $1 OR (jid > $2 AND jid < $3)`,
			`DELETE FROM ps_affiliation WHERE jid = $1 OR (jid > $2 AND jid < $3)`,
			`DELETE FROM ps_subscription WHERE jid = $1 OR (jid > $2 AND jid < $3)`,
			`UPDATE ps_item SET publisher = '' WHERE publisher = $1 OR (publisher > $2 AND publisher < $3)`,
		} {
			if _, err := t.exec(ctx, query, j.String(), j.String()+"/", j.String()+"0"); err != nil {
				return err
			}
		}
		if err := t.forgetCreator(ctx, j); err != nil {
			return err
		}
		if _, err := t.exec(ctx, `DELETE FROM invite WHERE inviter = $1`, j.String()); err != nil { // nobody comes as a contact of theirs
			return err
		}
		if err := t.putDocs(ctx, j.DomainJID(), storage.SpaceDeparted, map[string][]byte{j.Local(): {}}); err != nil {
			return err
		}
		if err := t.must(ctx, storage.ErrNotFound, `DELETE FROM account WHERE owner = $1`, owner); err != nil {
			return err
		}
		return t.markDirty(ctx, j)
	})
}

// forgetCreator takes an address out of the nodes of services as the one that has created them: the next one with this address
// has not.
func (t *tx) forgetCreator(ctx context.Context, j xmpp.JID) error {
	note := fmt.Sprintf(`"%s":"%s"`, storage.NodeCreator, j)
	_, err := t.exec(ctx, `UPDATE ps_node SET config = REPLACE(config, $1, $2)
		WHERE owner IN (SELECT id FROM owner WHERE local = '') AND config LIKE $3`,
		note, fmt.Sprintf(`"%s":""`, storage.NodeCreator), "%"+note+"%")
	return err
}

// contactChunk is how many lists one transaction takes a contact out of.
const contactChunk = 200

// forgetContact takes an address out of the lists of all others, in small transactions.
func (s *Store) forgetContact(ctx context.Context, j xmpp.JID) error {
	for n := contactChunk; n == contactChunk; {
		err := s.update(ctx, func(ctx context.Context, t *tx) (err error) {
			n, err = t.forgetContact(ctx, j)
			return err
		})
		if err == nil {
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// forgetContact takes an address out of a chunk of lists: whoever gets it next must not be seen by those who were
// subscribed to this account.
func (t *tx) forgetContact(ctx context.Context, j xmpp.JID) (int, error) {
	var owners []int64
	err := t.each(ctx, `SELECT owner FROM roster WHERE contact = $1 AND removed = 0 LIMIT $2`, []any{j.String(), contactChunk},
		func(row scan) error {
			var owner int64
			err := row(&owner)
			owners = append(owners, owner)
			return err
		})
	if err != nil {
		return 0, err
	}
	for _, owner := range owners {
		if _, err := t.removeContact(ctx, owner, j); err != nil {
			return 0, err
		}
	}
	return len(owners), nil
}

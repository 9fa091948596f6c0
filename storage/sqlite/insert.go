package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"myna/storage/sqldb"
)

// statement is a prepared statement of the driver.
type statement interface {
	driver.Stmt
	driver.StmtExecContext
}

// inserter talks to the driver directly: what database/sql does for each argument costs as much as the insertion.
// Statements of several rows were no faster: SQLite then keeps a journal of the statement, to undo it alone.
type inserter struct {
	conn          *sql.Conn
	insert, index statement
	args          [8]driver.NamedValue
}

func newInserter(_ context.Context, c *sql.Conn) (sqldb.Inserter, error) {
	in := &inserter{conn: c}
	for i := range in.args {
		in.args[i].Ordinal = i + 1
	}
	err := c.Raw(func(raw any) (err error) {
		in.insert, err = prepare(raw, `INSERT INTO archive (id, owner, peer, resource, kind, flags, origin, stanza)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		in.index, err = prepare(raw, `INSERT INTO archive_index (owner, id, peer, flags) VALUES (?, ?, ?, ?)
			ON CONFLICT (owner, id) DO NOTHING`)
		return err
	})
	return in, err
}

func prepare(raw any, query string) (statement, error) {
	conn, ok := raw.(driver.Conn)
	if !ok {
		return nil, fmt.Errorf("unexpected driver %T", raw)
	}
	s, err := conn.Prepare(query)
	if err != nil {
		return nil, err
	}
	stmt, ok := s.(statement)
	if !ok {
		return nil, fmt.Errorf("unexpected statement %T", s)
	}
	return stmt, nil
}

// Insert writes rows in order.
func (in *inserter) Insert(ctx context.Context, rows []sqldb.Row) error {
	return in.conn.Raw(func(any) error {
		a := &in.args
		for i := range rows {
			r := &rows[i]
			a[0].Value, a[1].Value, a[2].Value, a[3].Value = r.ID, r.Owner, r.Peer, r.Resource
			a[4].Value, a[5].Value, a[6].Value, a[7].Value = r.Kind, r.Flags, r.Origin, r.Stanza
			if _, err := in.insert.ExecContext(ctx, a[:]); err != nil {
				return err
			}
		}
		a[7].Value = nil // hold no stanza
		return nil
	})
}

// Index writes rows of the index.
func (in *inserter) Index(ctx context.Context, rows []sqldb.IndexRow) error {
	return in.conn.Raw(func(any) error {
		a := in.args[:4]
		for _, r := range rows {
			a[0].Value, a[1].Value, a[2].Value, a[3].Value = r.Owner, r.ID, r.Peer, r.Flags
			if _, err := in.index.ExecContext(ctx, a); err != nil {
				return err
			}
		}
		return nil
	})
}

// Close ends the statements.
func (in *inserter) Close() error {
	return in.conn.Raw(func(any) error { return errors.Join(in.insert.Close(), in.index.Close()) })
}

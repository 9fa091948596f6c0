package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"

	"myna/storage/sqldb"
)

// columns is how many parameters a row has.
const columns = 8

// inserter talks to the driver directly: what database/sql does for each argument costs as much as the insertion.
// Statements of several rows were no faster: SQLite then keeps a journal of the statement, to undo it alone.
type inserter struct {
	conn *sql.Conn
	stmt interface {
		driver.Stmt
		driver.StmtExecContext
	}
	args [columns]driver.NamedValue
}

func newInserter(_ context.Context, c *sql.Conn) (sqldb.Inserter, error) {
	in := &inserter{conn: c}
	for i := range in.args {
		in.args[i].Ordinal = i + 1
	}
	err := c.Raw(func(raw any) error {
		d, ok := raw.(driver.Conn)
		if !ok {
			return fmt.Errorf("unexpected driver %T", raw)
		}
		stmt, err := d.Prepare(`INSERT INTO archive (id, owner, peer, resource, kind, flags, origin, stanza)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
		if err != nil {
			return err
		}
		if in.stmt, ok = stmt.(interface {
			driver.Stmt
			driver.StmtExecContext
		}); !ok {
			return fmt.Errorf("unexpected statement %T", stmt)
		}
		return nil
	})
	return in, err
}

// Insert writes rows in order.
func (in *inserter) Insert(ctx context.Context, rows []sqldb.Row) error {
	return in.conn.Raw(func(any) error {
		a := &in.args
		for i := range rows {
			r := &rows[i]
			a[0].Value, a[1].Value, a[2].Value, a[3].Value = r.ID, r.Owner, r.Peer, r.Resource
			a[4].Value, a[5].Value, a[6].Value, a[7].Value = r.Kind, r.Flags, r.Origin, r.Stanza
			if _, err := in.stmt.ExecContext(ctx, a[:]); err != nil {
				return err
			}
		}
		a[7].Value = nil // hold no stanza
		return nil
	})
}

// Close ends the statement.
func (in *inserter) Close() error {
	return in.conn.Raw(func(any) error { return in.stmt.Close() })
}

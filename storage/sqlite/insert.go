package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"

	"myna/storage/sqldb"
)

// columns is how many parameters a row has.
const columns = 8

// sizes are the numbers of rows that one statement inserts.
var sizes = [...]int{32, 8, 1}

// inserter inserts many rows with one statement and talks to the driver directly: what database/sql does for each
// argument costs as much as the insertion.
type inserter struct {
	conn  *sql.Conn
	stmts [len(sizes)]driver.Stmt
	args  []driver.NamedValue
}

func newInserter(_ context.Context, c *sql.Conn) (sqldb.Inserter, error) {
	in := &inserter{conn: c, args: make([]driver.NamedValue, sizes[0]*columns)}
	for i := range in.args {
		in.args[i].Ordinal = i + 1
	}
	const row = `(?, ?, ?, ?, ?, ?, ?, ?)`
	err := c.Raw(func(raw any) (err error) {
		d, ok := raw.(driver.Conn)
		if !ok {
			return fmt.Errorf("unexpected driver %T", raw)
		}
		for i, n := range sizes {
			in.stmts[i], err = d.Prepare(`INSERT OR FAIL INTO archive (id, owner, peer, resource, kind, flags, origin, stanza) VALUES ` +
				row + strings.Repeat(`, `+row, n-1))
			if err != nil {
				return err
			}
			if _, ok := in.stmts[i].(driver.StmtExecContext); !ok {
				return fmt.Errorf("unexpected statement %T", in.stmts[i])
			}
		}
		return nil
	})
	return in, err
}

// Insert writes rows in order.
func (in *inserter) Insert(ctx context.Context, rows []sqldb.Row) error {
	return in.conn.Raw(func(any) error {
		for i, n := range sizes {
			for ; len(rows) >= n; rows = rows[n:] {
				if err := in.insert(ctx, in.stmts[i], rows[:n]); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (in *inserter) insert(ctx context.Context, stmt driver.Stmt, rows []sqldb.Row) error {
	args := in.args[:len(rows)*columns]
	for i := range rows {
		r, a := &rows[i], args[i*columns:]
		a[0].Value, a[1].Value, a[2].Value, a[3].Value = r.ID, r.Owner, r.Peer, r.Resource
		a[4].Value, a[5].Value, a[6].Value, a[7].Value = r.Kind, r.Flags, r.Origin, r.Stanza
	}
	_, err := stmt.(driver.StmtExecContext).ExecContext(ctx, args)
	for i := range args {
		args[i].Value = nil // hold no stanzas
	}
	return err
}

// Close ends the statements.
func (in *inserter) Close() error {
	return in.conn.Raw(func(any) error {
		var errs []error
		for _, s := range in.stmts {
			errs = append(errs, s.Close())
		}
		return errors.Join(errs...)
	})
}

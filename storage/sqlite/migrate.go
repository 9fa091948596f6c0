package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"math"

	"github.com/pressly/goose/v3"
)

// migrations are numbered and only ever appended: a file that was released is never edited.
//
//go:embed migrations/*.sql
var migrations embed.FS

// newest means all migrations.
const newest = math.MaxInt64

// migrate brings the schema up to a version. Every migration is a transaction.
func migrate(ctx context.Context, db *sql.DB, version int64) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, files, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	have, known, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if have > known {
		return fmt.Errorf("migrate: schema %d is newer than this program, which knows up to %d", have, known)
	}
	if _, err := p.UpTo(ctx, min(version, known)); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

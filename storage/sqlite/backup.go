package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// backup copies the database into a new file, on a connection of its own: the writer goes on meanwhile. The file is
// readable by its owner only, and it is whole when it gets its name.
func backup(ctx context.Context, path, file string) (err error) {
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("%s: %w", file, os.ErrExist)
	}
	part, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".part*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(part.Name()))
		}
	}()
	if err := part.Close(); err != nil {
		return err
	}
	db, err := database(path, 1, readerPragmas[:1])
	if err != nil {
		return err
	}
	defer db.Close()
	// VACUUM INTO accepts a file that is there if it is empty.
	if _, err := db.ExecContext(ctx, `VACUUM INTO ?`, part.Name()); err != nil {
		return err
	}
	if err := sync(part.Name()); err != nil {
		return err
	}
	if err := os.Link(part.Name(), file); err != nil { // unlike a rename it never replaces a file
		return err
	}
	return errors.Join(os.Remove(part.Name()), sync(filepath.Dir(file)))
}

// sync makes a file or the names in a directory durable.
func sync(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

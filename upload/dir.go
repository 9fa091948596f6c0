package upload

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// errSize is when a file is not as long as its slot says.
var errSize = errors.New("the file does not have the size that was announced")

// Dir keeps files in a directory, spread over 1024 folders by the start of their ids.
type Dir struct{ root string }

// OpenDir makes a store of a directory, which is created when it is missing. Only one process uses it: what another one
// was taking when it ended is removed.
func OpenDir(root string) (*Dir, error) {
	incoming := filepath.Join(root, "incoming")
	if err := os.MkdirAll(incoming, 0o700); err != nil {
		return nil, fmt.Errorf("open uploads: %w", err)
	}
	left, err := os.ReadDir(incoming)
	for _, e := range left {
		err = errors.Join(err, os.Remove(filepath.Join(incoming, e.Name())))
	}
	if err != nil {
		return nil, fmt.Errorf("open uploads: %w", err)
	}
	return &Dir{root}, nil
}

// path is where a file lies. Ids are ours (letters and digits), never what somebody sent.
func (d *Dir) path(id string) string { return filepath.Join(d.root, id[:2], id) }

// Put stores exactly size bytes of r under an id. A file appears whole and synced, or not at all.
func (d *Dir) Put(id string, size int64, r io.Reader) (err error) {
	f, err := os.CreateTemp(filepath.Join(d.root, "incoming"), id+"-*")
	if err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	n, err := io.Copy(f, io.LimitReader(r, size+1))
	if err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	if n != size {
		return errSize
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(d.path(id)), 0o700); err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	if err := os.Rename(f.Name(), d.path(id)); err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	return syncDir(filepath.Dir(d.path(id)))
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Open opens a stored file.
func (d *Dir) Open(id string) (*os.File, error) { return os.Open(d.path(id)) }

// Delete removes a file; one that is not there is no error.
func (d *Dir) Delete(id string) error {
	if err := os.Remove(d.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("delete file: %w", err)
	}
	return nil
}

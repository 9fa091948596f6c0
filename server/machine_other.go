//go:build !linux

package server

import "errors"

// room is not known here.
func room(string) (free, total uint64, err error) {
	return 0, 0, errors.ErrUnsupported
}

// descriptors are not known here.
func descriptors() (open, most int) { return 0, 0 }

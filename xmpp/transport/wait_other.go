//go:build !unix

package transport

import "errors"

const canWait = false

var errWouldBlock = errors.New("would block")

// readNow is not called: without canWait a connection waits with a buffer in its hands.
func readNow(uintptr, []byte) (int, error) { return 0, errors.ErrUnsupported }

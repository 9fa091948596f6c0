//go:build unix

package transport

import (
	"os"
	"syscall"
)

const canWait = true

const errWouldBlock = syscall.EAGAIN

// readNow reads from a socket that does not block. It returns errWouldBlock when nothing is there, and 0 at the end.
func readNow(fd uintptr, b []byte) (int, error) {
	for {
		n, err := syscall.Read(int(fd), b)
		switch err {
		case nil:
			return n, nil
		case syscall.EINTR:
			continue
		case syscall.EAGAIN: // EWOULDBLOCK is the same
			return 0, errWouldBlock
		}
		return 0, os.NewSyscallError("read", err)
	}
}

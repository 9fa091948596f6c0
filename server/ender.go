package server

import (
	"sync"
	"time"
)

// ender says when an administrator wants the server to stop.
type ender struct {
	wanted chan bool // true: and to start anew
	mu     sync.Mutex
	timer  *time.Timer // guarded by mu; nil: nobody wants it to stop
	over   bool        // guarded by mu: it stops already
}

// after has the server stop after a while. The last wish counts.
func (e *ender) after(restart bool, delay time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.over {
		return
	}
	if e.timer != nil {
		e.timer.Stop()
	}
	e.timer = time.AfterFunc(delay, func() {
		select {
		case e.wanted <- restart:
		default: // one is enough
		}
	})
}

// forget takes a wish back: the server stops.
func (e *ender) forget() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.over = true
	if e.timer != nil {
		e.timer.Stop()
	}
}

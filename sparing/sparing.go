// Package sparing writes log lines that strangers can cause: of each kind the first few of a minute, and then how many more
// there were. Whoever knocks a million times does not write the log full.
package sparing

import (
	"context"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
)

// perMinute is how many lines of a kind are written in a minute, and most how many bytes of a text that a stranger may have chosen.
const (
	perMinute = 10
	most      = 256
)

// Log writes lines of one kind. Its zero value is ready.
type Log struct {
	mu     sync.Mutex
	since  time.Time // when the minute began; guarded by mu
	lines  int       // written in it; guarded by mu
	silent int       // not written in it; guarded by mu
}

// Write writes a line unless there were many of its kind; the first line of a later minute says how many were left out. Long texts are
// cut.
func (l *Log) Write(log *slog.Logger, level slog.Level, message string, attrs ...any) {
	if !log.Enabled(context.Background(), level) {
		return
	}
	write, left := l.count(time.Now())
	if left > 0 {
		attrs = append(attrs[:len(attrs):len(attrs)], "left_out_before", left)
	}
	if write {
		attrs = slices.Clone(attrs)
		for i, a := range attrs {
			if s, ok := a.(string); ok && len(s) > most {
				attrs[i] = strings.ToValidUTF8(s[:most], "") + "…"
			}
		}
		log.Log(context.Background(), level, message, attrs...)
	}
}

// count tells whether a line is written, and how many were left out in the minute before.
func (l *Log) count(now time.Time) (write bool, left int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Sub(l.since) >= time.Minute {
		left = l.silent
		l.since, l.lines, l.silent = now, 0, 0
	}
	if l.lines >= perMinute {
		l.silent++
		return false, 0
	}
	l.lines++
	return true, left
}

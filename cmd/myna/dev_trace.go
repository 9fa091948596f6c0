package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"myna/xmpp/c2s"
)

// trace prints what goes over client streams, a line an element: the time, whose stream it is, and the element behind
// > when the client has sent it, < when the server has. Behind the time that is a line of a transcript
// (internal/xmpptest).
func (c *cli) trace(srv running) {
	traced, ok := srv.(interface{ Trace(c2s.Tap) })
	if !ok {
		return
	}
	var mu sync.Mutex // streams have goroutines of their own
	traced.Trace(func(who string, out bool, text []byte) {
		direction := ">"
		if out {
			direction = "<"
		}
		line := fmt.Sprintf("%s %s %s %s\n", time.Now().Format("15:04:05.000"), who, direction, oneLine(text))
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprint(c.out, line) // a terminal that is gone does not end the server
	})
}

// oneLine keeps a text from a client out of the terminal's way: line breaks and other control characters are shown, not
// sent.
func oneLine(text []byte) string {
	var b strings.Builder
	for _, r := range string(text) {
		switch {
		case r == '\n':
			b.WriteString("&#10;")
		case r == '\t':
			b.WriteString("&#9;")
		case r < ' ' || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, "&#%d;", r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

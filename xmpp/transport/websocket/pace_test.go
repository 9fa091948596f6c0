package websocket

import (
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Who sends frames that make no message is paced by what comes from the socket: empty fragments, pings.
func TestEveryFrameIsPaced(t *testing.T) {
	for name, frames := range map[string]string{
		"empty fragments": "\x01\x81mask\x51" + strings.Repeat("\x00\x80mask", 2000),
		"pings":           strings.Repeat("\x89\x80mask", 2000),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var spent atomic.Int64
				_, p := start(t, func(c *Conn) {
					c.Pace(func(n int) error {
						spent.Add(int64(n))
						time.Sleep(time.Duration(n) * time.Millisecond) // of the bubble
						return nil
					})
					c.ReadFrame()
				})
				nc := p.raw(t)
				defer nc.Close()
				go io.Copy(io.Discard, nc)
				began := time.Now()
				if _, err := io.WriteString(nc, frames); err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				if n := int(spent.Load()); n < len(frames)-8<<10 || time.Since(began) < time.Duration(len(frames)-8<<10)*time.Millisecond {
					t.Errorf("%d of %d bytes count, they took %v", n, len(frames), time.Since(began))
				}
			})
		})
	}
}

// After an error the rest of a frame that has no end is not read: the connection is closed.
func TestNothingIsReadForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h, p := start(t, func(c *Conn) { c.ReadFrame() })
		nc := p.raw(t)
		defer nc.Close()
		go io.Copy(io.Discard, nc)
		io.WriteString(nc, "\x81\xff\x00\x00\x00\x01\x00\x00\x00\x00mask") // the header of 4 GB
		sent, part, began := 0, make([]byte, 16<<10), time.Now()
		for sent < 8*closeBytes {
			n, err := nc.Write(part)
			sent += n
			if err != nil {
				break
			}
		}
		h.Stop()
		if sent > 2*closeBytes || time.Since(began) > closeTime/2 {
			t.Errorf("%d bytes were read in %v", sent, time.Since(began))
		}
	})
}

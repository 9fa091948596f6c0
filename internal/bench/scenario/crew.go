package scenario

import (
	"context"
	"strconv"
	"sync"
	"time"

	"myna/internal/bench/client"
)

// crew is the connections of one scenario and the goroutines that read them; stop ends and waits for all.
type crew struct {
	conns  []*client.Conn
	wg     sync.WaitGroup
	failed chan error // the first failure of a reading goroutine
}

// assemble signs in n clients, workers at a time.
func assemble(ctx context.Context, n, workers int, options func(i int) client.Options) (*crew, error) {
	c := &crew{conns: make([]*client.Conn, n), failed: make(chan error, 1)}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	next := make(chan int)
	var wg sync.WaitGroup
	for range min(workers, n) {
		wg.Go(func() {
			for i := range next {
				conn, err := client.Dial(ctx, options(i))
				if err != nil {
					c.fail(err)
					cancel()
					return
				}
				c.conns[i] = conn
			}
		})
	}
feed:
	for i := range n {
		select {
		case next <- i:
		case <-ctx.Done():
			break feed
		}
	}
	close(next)
	wg.Wait()
	if err := ctx.Err(); err != nil {
		c.stop()
		select {
		case err = <-c.failed:
		default:
		}
		return nil, err
	}
	return c, nil
}

// read starts the goroutine that reads connection i. It ends when the connection is closed.
func (c *crew) read(i int, h client.Handler) {
	c.wg.Go(func() {
		if err := c.conns[i].Run(h); err != nil {
			c.fail(err)
		}
	})
}

func (c *crew) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// stop closes every connection and waits for the readers.
func (c *crew) stop() {
	var wg sync.WaitGroup
	for _, conn := range c.conns {
		if conn != nil {
			wg.Go(func() { _ = conn.Close() })
		}
	}
	wg.Wait()
	c.wg.Wait()
}

// settle lets the server finish what the sign-ins started before something is measured.
func settle(ctx context.Context, d time.Duration) error {
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// clock gives nanoseconds since the scenario began; send times travel in bodies.
type clock struct{ began time.Time }

func (c clock) now() int64 { return int64(time.Since(c.began)) }

// at turns a time of the clock back into a moment; zero stays zero.
func (c clock) at(d time.Duration) time.Time {
	if d == 0 {
		return time.Time{}
	}
	return c.began.Add(d)
}

const mark = "mb1 "

// AppendPayload writes the text that every measured stanza carries: which flow, which number, when sent.
func AppendPayload(b []byte, flow, seq int, at int64) []byte {
	b = append(b, mark...)
	b = strconv.AppendInt(b, int64(flow), 10)
	b = append(b, ' ')
	b = strconv.AppendInt(b, int64(seq), 10)
	b = append(b, ' ')
	return strconv.AppendInt(b, at, 10)
}

// Payload is what a measured stanza carries.
type Payload struct {
	Flow, Seq int
	At        int64 // nanoseconds on the sender's clock
}

// ReadPayload finds the payload in text, the content of a body or status.
func ReadPayload(text []byte) (p Payload, ok bool) {
	if len(text) < len(mark) || string(text[:len(mark)]) != mark {
		return p, false
	}
	var v [3]int64
	k, digits := 0, 0
	for _, c := range text[len(mark):] {
		if c >= '0' && c <= '9' && digits < 18 {
			v[k] = v[k]*10 + int64(c-'0')
			digits++
			continue
		}
		if c != ' ' || digits == 0 {
			return p, false
		}
		digits = 0
		if k++; k == len(v) {
			break
		}
	}
	if k < 2 || k == 2 && digits == 0 {
		return p, false
	}
	return Payload{int(v[0]), int(v[1]), v[2]}, true
}

func appendID(b []byte, flow, seq int) []byte {
	b = strconv.AppendInt(b, int64(flow), 36)
	b = append(b, '-')
	return strconv.AppendInt(b, int64(seq), 36)
}

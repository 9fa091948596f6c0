package xmpptest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"myna/xmpp"
)

// event is what a client's stream brings: an element, a stream header, or the stream's end.
type event struct {
	elem   *xmpp.Element
	opened bool
	err    error // the stream is over; errStreamEnd where the server closed it properly
}

var errStreamEnd = errors.New("the server closed the stream")

func (e event) String() string {
	switch {
	case e.elem != nil:
		return string(e.elem.Append(nil, "jabber:client"))
	case e.opened:
		return "a stream header"
	}
	return e.err.Error()
}

// inbox is the unbounded queue between a client's reader and the script.
type inbox struct {
	mu      sync.Mutex
	events  []event       // guarded by mu
	changed chan struct{} // guarded by mu; closed when events change
}

func newInbox() *inbox { return &inbox{changed: make(chan struct{})} }

func (in *inbox) put(e event) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.events = append(in.events, e)
	close(in.changed)
	in.changed = make(chan struct{})
}

// take waits for the first event.
func (in *inbox) take(ctx context.Context) (event, error) {
	return in.await(ctx, func(event) bool { return true })
}

// await waits for the first event that match accepts and takes it out. The end of the stream ends the wait, too.
func (in *inbox) await(ctx context.Context, match func(event) bool) (event, error) {
	for {
		in.mu.Lock()
		changed := in.changed
		for i, e := range in.events {
			if match(e) {
				in.events = append(in.events[:i:i], in.events[i+1:]...)
				in.mu.Unlock()
				return e, nil
			}
			if e.err != nil {
				in.mu.Unlock()
				return event{}, e.err
			}
		}
		in.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return event{}, fmt.Errorf("nothing arrived in time: %w", ctx.Err())
		}
	}
}

// drain takes out all that is there now.
func (in *inbox) drain() []event {
	in.mu.Lock()
	defer in.mu.Unlock()
	all := in.events
	in.events = nil
	return all
}

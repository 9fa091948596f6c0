package router

import (
	"fmt"

	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/wire"
)

// brought is a message that a service has for some sessions of an account.
type brought struct {
	to   []hook.Session
	done func(error) // nil once it was called
}

// tell calls done, the first time.
func (b *brought) tell(err error) {
	if done := b.done; done != nil {
		b.done = nil
		done(err)
	}
}

// Bring brings a message to some sessions of one account, whatever the delivery table says: through the addressee's stages once,
// for all of them, and behind what was brought before. It does not wait for the next session. done is called once, on any
// goroutine, with why the message was refused, or with nil: it has arrived, or was dropped without a word. An error is answered
// by whoever called Bring, who knows whom the sender takes the addressee for. frame.To is one of the sessions.
func (r *Router) Bring(frame xmpp.Frame, to []hook.Session, done func(error)) error {
	st, err := wire.Parse(frame.Append(nil, ""))
	if err != nil {
		return fmt.Errorf("bring message: %w", err)
	}
	if st.From, err = xmpp.ParseJID(xmpp.Unescape(st.Attr("from"))); err != nil {
		return fmt.Errorf("bring message: %w", err)
	}
	st.To = frame.To
	f := r.launch(st, nil)
	f.brought = &brought{to, done}
	r.depart(f)
	return nil
}

// refuse tells the sender that a flight could not go on.
func (f *flight) refuse(err error) {
	if f.brought != nil {
		f.brought.tell(err)
		return
	}
	f.r.refuse(&f.Packet, err)
}

package admin

import (
	"context"
	"time"

	"myna/xmpp"
)

// maxDelay is how long somebody may have the server wait.
const maxDelay = time.Hour

// Stop asks to stop the server, or to stop it and start it anew.
type Stop struct {
	Restart bool   `json:"restart,omitempty"`
	Delay   int    `json:"delay,omitempty"` // seconds
	Text    string `json:"text,omitempty"`  // what everybody is told now who is signed in
}

// Stopping tells when the server stops.
type Stopping struct {
	At time.Time `json:"at"`
}

// Stop stops the server after a while (XEP-0133 § 4.30, § 4.31). Another request meanwhile takes the place of the first.
func (a *Admin) Stop(ctx context.Context, who Actor, r Stop) (Stopping, error) {
	if err := a.server(who); err != nil {
		return Stopping{}, err
	}
	delay := time.Duration(r.Delay) * time.Second
	text, err := announcement(r.Text)
	switch {
	case err != nil:
		return Stopping{}, err
	case delay < 0 || delay > maxDelay:
		return Stopping{}, refuse(Invalid, "stop-delay", "the delay is from 0 to %d seconds", int(maxDelay.Seconds()))
	case a.Ender == nil:
		return Stopping{}, notRunning()
	}
	for _, host := range a.Hosts() {
		if text == "" {
			break
		}
		if _, err := a.Announcer.Announce(host, text); err != nil {
			return Stopping{}, stored(err, "announce to domain", host)
		}
	}
	action := "server.stop"
	if r.Restart {
		action = "server.restart"
	}
	a.audit(ctx, who, action, xmpp.JID{}, nil, r) // before it happens
	a.Ender(r.Restart, delay)
	return Stopping{a.now().Add(delay)}, nil
}

package serverinfo

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"myna/config"
	"myna/pubsub"
	"myna/storage"
	"myna/xmpp"
)

// full is a service whose storage fails at first.
type full struct{ tries, fails int }

func (f *full) Publish(context.Context, xmpp.JID, string, storage.Item, pubsub.Settings) error {
	if f.tries++; f.tries <= f.fails {
		return errors.New("disk full")
	}
	return nil
}

func (f *full) Items(context.Context, xmpp.JID, string, ...string) ([]storage.Item, error) {
	return nil, nil
}

func (f *full) Retract(context.Context, xmpp.JID, string, string) error { return nil }

// TestPublishedLater: what storage has refused is published when it takes it, and not again then.
func TestPublishedLater(t *testing.T) {
	service, err := xmpp.ParseJID("pubsub.example.net")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		f := &full{fails: 2}
		i := New(Options{Config: config.NewOptions(Config{Publish: true}), PubSub: f, Logger: slog.New(slog.DiscardHandler),
			Services: map[string]xmpp.JID{"example.net": service}})
		done := make(chan struct{})
		go func() { defer close(done); i.Run(ctx) }()
		<-time.After(10 * again)
		stop()
		<-done
		if f.tries != f.fails+1 {
			t.Errorf("published %d times", f.tries)
		}
	})
}

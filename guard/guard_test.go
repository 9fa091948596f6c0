package guard

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCallLogsAPanic(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(slog.NewTextHandler(&b, nil))
	if Call(log, "stanza", func() { panic("test") }, "session", "lan@example.com/x") {
		t.Error("a panic is no success")
	}
	for _, want := range []string{"level=ERROR", "in=stanza", "cause=test", "guard_test.go", "session=lan@example.com/x"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, &b)
		}
	}
	b.Reset()
	if !Call(log, "stanza", func() {}) || b.Len() > 0 {
		t.Errorf("without a panic: %s", &b)
	}
	if err := Error(log, "change", func() error { panic("test") }); err == nil || err.Error() != "change: panic: test" {
		t.Errorf("the error is %v", err)
	}
}

func TestKeepBeginsAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		began, calls := time.Now(), 0
		Keep(ctx, slog.New(slog.DiscardHandler), "worker", func(ctx context.Context) {
			if calls++; calls < 4 {
				panic("test")
			}
			cancel()
			<-ctx.Done()
		})
		if calls != 4 || time.Since(began) != 700*time.Millisecond {
			t.Errorf("called %d times in %v", calls, time.Since(began))
		}
	})
}

func TestKeepEndsInAPause(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	Keep(ctx, slog.New(slog.DiscardHandler), "worker", func(context.Context) {
		cancel()
		panic("test")
	})
}

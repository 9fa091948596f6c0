package xmpptest

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Play plays one script against a server that runs and returns what does not hold: the error that Run would show. It
// waits for each element at most as long as wait says, so that a script that fails does so soon; it bends nothing, as the
// switches -update and -peer are for Run alone.
func Play(ctx context.Context, s Server, file string, wait time.Duration) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("play: %w", err)
	}
	sc, err := parse(string(text), s.Domain)
	if err != nil {
		return fmt.Errorf("play %s: %w", file, err)
	}
	p := newPlayer(&s, sc, file)
	p.wait = wait
	return p.play(ctx)
}

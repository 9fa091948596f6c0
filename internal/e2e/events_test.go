//go:build e2e

package e2e

import "testing"

// TestEvents tells the stories of publish-subscribe (XEP-0060, XEP-0163) to our server alone: others offer less of it.
func TestEvents(t *testing.T) {
	t.Parallel()
	python := findPython(t)
	p := open(t)
	if len(p.CLI) == 0 {
		t.Skip("these are about our service")
	}
	for _, name := range []string{"service", "approval", "personal", "collections", "wishes"} {
		t.Run(name, func(t *testing.T) { tell(t, python, p, "events.py", name) })
	}
}

package xmpptest

import (
	"os/exec"
	"testing"
)

// TestProsody plays the scripts against a server that is not ours, where it is installed: the proof that they and the
// runner follow the specifications and not our own reading of them.
func TestProsody(t *testing.T) {
	if _, err := exec.LookPath("prosody"); err != nil {
		t.Skip("no other server here: apt-get install prosody")
	}
	Run(t, "testdata/*.txt", StartProsody)
}

//go:build e2e

package e2e

import (
	"os"
	"testing"
)

// TestSignUp tells of people who make their own account, or have none: each story of a domain with other options.
func TestSignUp(t *testing.T) {
	t.Parallel()
	if os.Getenv("E2E_PEER") != "" {
		t.Skip("the stories are of what Myna has, with its command line")
	}
	python := findPython(t)
	for name, options := range map[string]string{"stranger": "[modules.registration]\nenabled = true\n", "invited": "",
		"guests": "[modules.accounts]\nanonymous = true\n"} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			p := &place{Host: "127.0.0.1", Port: freePort(t), Domain: domain, Password: password, People: people, CA: writeCertificate(t, dir),
				Seconds: storyTime.Seconds(), options: options}
			startMyna(t, p, dir, freePort(t), freePort(t))
			tell(t, python, p, "signup.py", name)
		})
	}
}

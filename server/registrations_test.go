package server_test

import (
	"bytes"
	"os"
	"testing"

	"myna/server"
)

// Every change of wiring shows in the golden file: run make generate.
func TestRegistrations(t *testing.T) {
	reg, err := server.Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if _, err := reg.WriteTo(&got); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("testdata/registrations.txt")
	if err != nil || !bytes.Equal(want, got.Bytes()) {
		t.Errorf("testdata/registrations.txt is not what the modules register: run make generate (%v)", err)
	}
}

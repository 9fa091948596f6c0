package account

import (
	"encoding/binary"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// TestFailuresAreLoggedSparingly: who fails all the time does not write the log full, and others are told of all the same.
func TestFailuresAreLoggedSparingly(t *testing.T) {
	h := newHouse(t, nil) // which has no limit of attempts
	try := func(from string, times int) {
		for range times {
			if err := h.CheckPassword(t.Context(), lan(t), "wrong", netip.MustParseAddr(from)); condition(err) != NotAuthorized {
				t.Fatal(err)
			}
		}
	}
	try("192.0.2.1", 30)
	try("2001:db8::1", 8)
	try("2001:db8::2", 8) // of the same network
	try("192.0.2.2", 1)
	for remote, want := range map[string]int{"192.0.2.1": 10, "2001:db8::": 10, "192.0.2.2": 1} {
		if n := strings.Count(h.log.String(), "remote="+remote); n != want {
			t.Errorf("%d lines about %s, want %d", n, remote, want)
		}
	}
}

func TestRefusalsAreBounded(t *testing.T) {
	r, now := &refusals{}, time.Now()
	addr := func(n uint32) netip.Addr {
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], n)
		return netip.AddrFrom4(b)
	}
	for n := range uint32(2 * maxRefusers) {
		if own := r.from(addr(n), now) != &r.rest; own != (n < maxRefusers) {
			t.Fatalf("address %d: own lines %v", n, own)
		}
	}
	if r.from(addr(3*maxRefusers), now.Add(refusersTime+time.Second)) == &r.rest {
		t.Error("the table is full for ever")
	}
}

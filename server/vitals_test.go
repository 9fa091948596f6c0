package server_test

import (
	"slices"
	"testing"
	"time"
	"unsafe"

	"myna/config"
	"myna/server"
	"myna/server/servertest"
)

// set is a reading of both clocks where the clock of the day was put forward before: what time.Time keeps of the steady clock is less.
func set(t time.Time, forward time.Duration) time.Time {
	moved := t.Add(forward)
	(*struct {
		wall uint64
		ext  int64 // with a reading of the steady clock: its nanoseconds
	})(unsafe.Pointer(&moved)).ext -= int64(forward)
	return moved
}

// Time that passes is no jump; that the clock was set is one, either way.
func TestJump(t *testing.T) {
	from := time.Now()
	for _, d := range []time.Duration{0, time.Minute, -time.Hour} {
		if got := server.Jump(from, set(from.Add(5*time.Second), d)); got != d {
			t.Errorf("set by %v: %v", d, got)
		}
	}
	if got := server.Jump(from.Round(0), from.Add(time.Hour)); got != 0 { // without a reading of it there is nothing to compare with
		t.Errorf("%v", got)
	}
}

// What is measured of a server that has just started is as it is: disks with room, its own certificate for each name, nothing that waits.
func TestVitals(t *testing.T) {
	cfg := config.Default()
	cfg.Hosts, cfg.DataDir = []string{"example.net"}, t.TempDir()
	cfg.Listen = config.Listen{C2S: []string{"127.0.0.1:0"}}
	if err := server.WriteCertificate(cfg); err != nil {
		t.Fatal(err)
	}
	s, _ := servertest.StartConfig(t, cfg)
	v := s.Admin().Vitals(t.Context())
	if v.Queued != 0 || v.Mail != nil || v.Most > 0 && (v.Open < 3 || v.Open > v.Most) {
		t.Errorf("%+v", v)
	}
	for i, d := range v.Disks {
		if d.Of != []string{"database", "files"}[i] || d.Err != nil || d.Total == 0 || d.Free > d.Total {
			t.Errorf("disk %+v", d)
		}
	}
	var names []string
	for _, c := range v.Certificates {
		names = append(names, c.Host)
		if c.Of != "example.net" || !c.Own || c.Err != nil || time.Until(c.Until) < 24*time.Hour {
			t.Errorf("certificate %+v", c)
		}
	}
	if want := []string{"example.net", "groups.example.net", "upload.example.net", "pubsub.example.net"}; !slices.Equal(names, want) {
		t.Errorf("certificates of %q", names)
	}
}

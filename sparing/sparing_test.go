package sparing

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestLinesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var b bytes.Buffer
		var l Log
		log := slog.New(slog.NewTextHandler(&b, nil))
		for range 1000 {
			l.Write(log, slog.LevelInfo, "refused", "remote", "192.0.2.1")
		}
		if n := strings.Count(b.String(), "msg=refused"); n != perMinute {
			t.Errorf("%d lines", n)
		}
		b.Reset()
		time.Sleep(time.Minute) // of the bubble
		l.Write(log, slog.LevelInfo, "refused")
		l.Write(log, slog.LevelInfo, "refused")
		if got := b.String(); strings.Count(got, "left_out_before=990") != 1 || strings.Count(got, "msg=refused") != 2 {
			t.Error(got)
		}
	})
}

func TestTextsAreCut(t *testing.T) {
	var b bytes.Buffer
	var l Log
	l.Write(slog.New(slog.NewTextHandler(&b, nil)), slog.LevelInfo, "refused", "origin", "x"+strings.Repeat("é", 10_000), "n", 5)
	if got := b.String(); len(got) > 2*most || !strings.Contains(got, "éé…") || !strings.Contains(got, "n=5") {
		t.Error(got)
	}
}

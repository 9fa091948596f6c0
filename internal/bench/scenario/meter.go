package scenario

import (
	"time"

	"myna/internal/bench/measure"
)

// meter measures between start and stop.
type meter struct {
	pid         int
	began       time.Time
	server, own time.Duration
	used, had   time.Duration // of the machine
}

func startMeter(pid int) (*meter, error) {
	m := &meter{pid: pid}
	var err error
	if pid != 0 {
		if m.server, err = measure.Processor(pid); err != nil {
			return nil, err
		}
	}
	if m.used, m.had, err = measure.Machine(); err != nil {
		return nil, err
	}
	m.own, m.began = measure.Own(), time.Now()
	return m, nil
}

// stop fills in what was used since the start. end is the moment of the last delivery, or zero for now.
func (m *meter) stop(r *Result, end time.Time) error {
	if end.IsZero() {
		end = time.Now()
	}
	own := measure.Own() - m.own
	r.Seconds = end.Sub(m.began).Seconds()
	n := float64(max(r.Delivered, 1))
	r.PerSecond = float64(r.Delivered) / max(r.Seconds, 1e-9)
	r.ToolMicros = float64(own.Microseconds()) / n
	if m.pid == 0 {
		return nil
	}
	server, err := measure.Processor(m.pid)
	if err != nil {
		return err
	}
	r.ServerMicros = float64((server - m.server).Microseconds()) / n
	used, had, err := measure.Machine()
	if err != nil {
		return err
	}
	others := used - m.used - (server - m.server) - own
	if had -= m.had; had > 0 {
		r.Others = 100 * max(0, float64(others)/float64(had))
	}
	return nil
}

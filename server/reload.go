package server

import (
	"context"
	"log/slog"
	"runtime/debug"
	"strings"
	"sync"

	"myna/admin"
	"myna/config"
	"myna/xmpp/transport"
)

// live is what a reload may change beside the options of modules and the certificates.
type live struct {
	streams *transport.PerAddress // connections that carry streams, of one address
	http    *transport.PerAddress // and those to the listeners for HTTP
	front   *transport.LiveFront

	mu     sync.Mutex     // held during a reload
	loaded *config.Config // the file as it was read last; guarded by mu
	level  *slog.LevelVar // guarded by mu; nil: nobody follows log.level
}

// FollowLevel has the level of a logger follow log.level.
func (s *Server) FollowLevel(level *slog.LevelVar) {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	s.live.level = level
}

// Reload validates a new configuration and takes over what can change while the server runs: certificates, options of
// modules, limits, the level of the log, and whom it believes over HTTP. It returns in words what is different now and what
// needs a restart, with the old and the new values. When it fails, nothing has changed.
func (s *Server) Reload(ctx context.Context, cfg *config.Config, who admin.Actor) ([]string, error) {
	s.live.mu.Lock()
	defer s.live.mu.Unlock()
	// 1. Everything that may fail; what needs a restart is as it was.
	if err := checkModules(cfg, modules()); err != nil {
		return nil, err
	}
	d := &s.parts.decided
	d.mu.Lock()
	defer d.mu.Unlock()
	now, take, err := s.parts.prepare(cfg, d.overlay)
	if err != nil {
		return nil, err
	}
	front, err := frontOf(now)
	if err != nil {
		return nil, err
	}
	if s.certs != nil {
		if err := s.certs.Load(s.certificateFiles(now)); err != nil {
			return nil, err
		}
	}
	// 2. What cannot fail.
	take()
	d.file = cfg
	s.live.apply(now, front)
	s.parts.streams.SetLimits(streamLimits(now))
	for _, f := range s.parts.reloaded {
		f()
	}
	report, old, changed := s.report(cfg)
	s.live.loaded = cfg
	s.admin.Reloaded(ctx, who, old, changed)
	return report, nil
}

// apply takes over limits, level and front. The caller holds mu.
func (l *live) apply(cfg *config.Config, front transport.Front) {
	l.streams.SetLimit(cfg.Limits.ConnectionsPerIP)
	l.http.SetLimit(cfg.Limits.ConnectionsPerIP)
	l.front.Store(&front)
	if l.level != nil {
		l.level.Set(logLevel(cfg.Log.Level))
	}
}

// report says in words how a file differs: from the last one, but where a restart is needed, from what runs. The maps are
// what has changed now, for the audit log.
func (s *Server) report(cfg *config.Config) (lines []string, old, changed map[string]string) {
	lines = []string{} // a list for machines, also where it is empty
	if s.certs != nil {
		lines = append(lines, "certificates were read again")
	}
	old, changed = map[string]string{}, map[string]string{}
	list := ModuleOptions()
	for _, c := range config.Changes(s.live.loaded, cfg, list...) {
		if !c.Restart {
			lines = append(lines, c.Key+" is "+shownValue(c.New)+" now, it was "+shownValue(c.Old))
			old[c.Key], changed[c.Key] = c.Old, c.New
		}
	}
	for _, c := range config.Changes(s.cfg, cfg, list...) {
		if c.Restart {
			lines = append(lines, c.Key+" needs a restart: the file says "+shownValue(c.New)+", "+shownValue(c.Old)+" is in use")
		}
	}
	return lines, old, changed
}

func shownValue(toml string) string {
	if toml == "" {
		return "the value of all hosts"
	}
	return toml
}

// logLevel is the level of a word that config allows.
func logLevel(name string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(strings.ToUpper(name))); err != nil {
		return slog.LevelInfo
	}
	return l
}

// Version is the version that the build stamped, or what the Go tool knows.
func Version() string {
	if stamped != "" {
		return stamped
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

// stamped is set by the linker.
var stamped string

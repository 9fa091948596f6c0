package server

import (
	"maps"
	"slices"

	"myna/config"
)

// unserved are the lists of addresses that the configuration knows and this version does not listen on.
func unserved(l *config.Listen) map[string][]string {
	return map[string][]string{"s2s": l.S2S, "s2s_tls": l.S2STLS, "component": l.Component}
}

// Unserved lists the keys of [listen] that this version does not serve.
func Unserved() []string { return slices.Sorted(maps.Keys(unserved(&config.Listen{}))) }

// warnOfUnserved says what the operator has asked for by name and does not get. The defaults are nobody's wish.
func (s *Server) warnOfUnserved() {
	lists := unserved(&s.cfg.Listen)
	for _, key := range Unserved() {
		if len(lists[key]) > 0 && s.cfg.Sets("listen", key) {
			s.log.Warn("this version does not serve what is configured: nobody listens there", "key", "listen."+key, "addresses", lists[key])
		}
	}
}

package server

import (
	"maps"
	"slices"

	"myna/config"
)

// unserved are the lists of addresses that the configuration knows and this version does not listen on, by their keys.
func unserved(l *config.Listen) map[string][]string {
	return map[string][]string{"s2s": l.S2S, "s2s_tls": l.S2STLS, "component": l.Component}
}

// Serves tells whether this version serves what a key of [listen] is for.
func Serves(key string) bool {
	_, ok := unserved(&config.Listen{})[key]
	return !ok
}

// Unserved lists the keys of [listen] by which the file asks for what this version does not serve. The defaults are
// nobody's wish.
func Unserved(cfg *config.Config) []string {
	lists := unserved(&cfg.Listen)
	return slices.DeleteFunc(slices.Sorted(maps.Keys(lists)), func(key string) bool {
		return len(lists[key]) == 0 || !cfg.Sets("listen", key)
	})
}

// warnOfUnserved says what the operator has asked for and does not get.
func (s *Server) warnOfUnserved() {
	for _, key := range Unserved(s.cfg) {
		s.log.Warn("this version does not serve what is configured: nobody listens there",
			"key", "listen."+key, "addresses", unserved(&s.cfg.Listen)[key])
	}
}

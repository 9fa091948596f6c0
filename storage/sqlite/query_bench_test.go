package sqlite_test

import (
	"bytes"
	"context"
	"testing"

	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// BenchmarkQuery reads pages of 50 from an archive of 100,000 in which one peer wrote once, at the start.
func BenchmarkQuery(b *testing.B) {
	s, owner := sqlite.Temp(b), xmpp.JID{}
	must := func(err error) {
		if err != nil {
			b.Fatal(err)
		}
	}
	address := func(s string) xmpp.JID {
		j, err := xmpp.ParseJID(s)
		must(err)
		return j
	}
	owner = address("lan@example.com")
	e := storage.Entry{Owner: owner, Peer: address("once@example.com/a"), Kind: "chat", Stanza: bytes.Repeat([]byte("<message>"), 45)}
	_, err := s.Append(b.Context(), e)
	must(err)
	e.Peer = address("often@example.com/a")
	for range 100 {
		list := make([]storage.Entry, 1000)
		for i := range list {
			list[i] = e
		}
		_, err := s.Append(b.Context(), list...)
		must(err)
	}
	for name, q := range map[string]storage.Query{
		"last page":      {Last: true, Max: 50},
		"with, last":     {Last: true, Max: 50, With: address("often@example.com")},
		"with somebody":  {Last: true, Max: 50, With: address("once@example.com")},
		"count":          {Count: true},
		"count of kinds": {Count: true, Kinds: []string{"chat"}},
	} {
		q.Owner = owner
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, _, err := s.Query(context.Background(), q)
				must(err)
			}
		})
	}
}

package pubsub

import (
	"log/slog"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"myna/config"
	"myna/hook"
	"myna/xmpp"
	"myna/xmpp/caps"
	"myna/xmpp/ns"
	"myna/xmpp/router"
	"myna/xmpp/wire"
)

// Those that are silent keep the others waiting for a moment only.
func TestSilentClients(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := slog.New(slog.DiscardHandler)
		s := New(Options{Logger: log, Config: config.NewOptions(DefaultConfig()), Now: time.Now,
			Router: router.New(t.Context(), router.Options{Registry: hook.NewRegistry(), Logger: log, Directory: everybody{},
				Hosts: map[string]hook.Target{"example.net": hook.Server}})})
		info := xmpp.El(ns.DiscoInfo, "query", xmpp.El(ns.DiscoInfo, "feature").Set("var", ns.Ping))
		k := key{"sha-1", "x", caps.Ver(info)}
		c := xmpp.El(ns.Caps, "c").Set("hash", k.hash).Set("node", k.node).Set("ver", k.ver)
		tail := xmpp.FrameOf(xmpp.NewPresence(xmpp.JID{}, xmpp.JID{}, "", c)).Tail
		all := make([]*ear, 10)
		for i := range all {
			jid, err := xmpp.ParseJID("a" + strconv.Itoa(i) + "@example.net/x")
			if err != nil {
				t.Fatal(err)
			}
			all[i] = &ear{jid: jid, pres: &hook.Presence{Tail: tail}}
			s.Router.Bind(all[i])
			s.interests.arrived(all[i], true)
		}
		asked := func() (n int) {
			for _, e := range all {
				e.mu.Lock()
				n += len(e.got)
				e.mu.Unlock()
			}
			return n
		}
		if n := asked(); n != askedAtOnce {
			t.Errorf("%d are asked at once", n)
		}
		s.interests.closed(all[0])
		if n := asked(); n != askedAtOnce+1 {
			t.Errorf("%d are asked when one has ended", n)
		}
		time.Sleep(askPatience)
		synctest.Wait()
		if n := asked(); n != len(all) {
			t.Errorf("%d are asked when nobody answers", n)
		}
		answer, err := wire.Parse(xmpp.NewIQ(all[7].jid, xmpp.JID{}, xmpp.TypeResult, "1", info).Append(nil, ""))
		if err != nil {
			t.Fatal(err)
		}
		s.interests.answered(k, all[7], answer, nil)
		for i, e := range all {
			if got := s.interests.of.Load(e); got.asking || got.gone != (i == 0) || !got.gone && got.key != k {
				t.Errorf("%d: %+v", i, got)
			}
		}
		if n := s.interests.uses[k]; n != len(all)-1 || len(s.interests.waiting) != 0 {
			t.Errorf("%d have it, of %d something is waited for", n, len(s.interests.waiting))
		}
	})
}

// What is in use is not forgotten, however many are shown.
func TestCapsInUseAreKept(t *testing.T) {
	i := &interests{}
	i.start(nil)
	for n := range maxCaps {
		k := key{ver: strconv.Itoa(n)}
		i.known[k], i.uses[k] = nil, 1
	}
	i.remember(key{ver: "new"}, nil)
	if _, ok := i.known[key{ver: "new"}]; ok || len(i.known) != maxCaps {
		t.Errorf("one more is remembered, %d in all", len(i.known))
	}
	delete(i.uses, key{ver: "7"})
	i.remember(key{ver: "new"}, nil)
	if _, ok := i.known[key{ver: "7"}]; ok || len(i.known) != maxCaps {
		t.Errorf("what nobody has is remembered, %d in all", len(i.known))
	}
}

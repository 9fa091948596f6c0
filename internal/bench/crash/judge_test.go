package crash

import "testing"

func rows(seqs ...int) []row {
	var all []row
	for _, s := range seqs {
		all = append(all, row{s, string(rune('a' + s))})
	}
	return all
}

func TestJudge(t *testing.T) {
	acked := []bool{true, true, true, false}
	for _, c := range []struct {
		name  string
		e     evidence
		want  func(f *Findings)
		clean bool
	}{
		{"all kept", evidence{4, acked, rows(0, 1, 2), rows(0, 1, 2), rows(0, 1, 2, 3)},
			func(f *Findings) { f.Archived, f.Live = 3, 3 }, true},
		{"repeated under the same id", evidence{4, acked, rows(0, 1, 0, 1, 2), rows(0, 1, 2), rows(0, 1, 2)},
			func(f *Findings) { f.Archived, f.Live, f.LiveRepeated = 3, 3, 2 }, true},
		{"only in the archive", evidence{4, acked, rows(0), rows(0, 1, 2), rows(0, 1, 2)},
			func(f *Findings) { f.Archived, f.Live, f.AcknowledgedUnrec = 3, 1, 2 }, true},
		{"lost at the receiver", evidence{4, acked, rows(0, 1, 2), rows(0, 1), rows(0, 1, 2)},
			func(f *Findings) { f.Archived, f.Live, f.LostAtReceiver, f.LiveNotArchived = 2, 3, 1, 1 }, false},
		{"lost at the sender", evidence{4, acked, rows(0, 1, 2), rows(0, 1, 2), rows(0, 2)},
			func(f *Findings) { f.Archived, f.Live, f.LostAtSender = 3, 3, 1 }, false},
		{"doubled in the archive", evidence{4, acked, rows(0, 1, 2), rows(0, 1, 1, 2), rows(0, 1, 2, 2)},
			func(f *Findings) { f.Archived, f.Live, f.Doubled = 3, 3, 2 }, false},
		{"archive out of order", evidence{4, acked, rows(0, 1, 2), rows(0, 2, 1), rows(0, 1, 2)},
			func(f *Findings) { f.Archived, f.Live, f.ArchiveReordered = 3, 3, 1 }, false},
		{"live under another id", evidence{4, acked, append(rows(0, 1, 2), row{1, "z"}), rows(0, 1, 2), rows(0, 1, 2)},
			func(f *Findings) { f.Archived, f.Live, f.LiveDoubled = 3, 3, 1 }, false},
		{"live out of order", evidence{4, acked, rows(1, 0, 2), rows(0, 1, 2), rows(0, 1, 2)},
			func(f *Findings) { f.Archived, f.Live, f.LiveReordered = 3, 3, 1 }, false},
		{"never sent", evidence{4, acked, rows(0, 1, 2), rows(0, 1, 2, 9), rows(0, 1, 2)},
			func(f *Findings) { f.Archived, f.Live, f.Foreign = 3, 3, 1 }, false},
	} {
		want := Findings{Sent: 4, Acknowledged: 3}
		c.want(&want)
		var got Findings
		got.judge(c.e)
		if got != want || got.Clean() != c.clean {
			t.Errorf("%s: clean %v\n got %+v\nwant %+v", c.name, got.Clean(), got, want)
		}
	}
}

func TestStanzaIDIsTheReceivers(t *testing.T) {
	el := []byte("<message><stanza-id by='evil@x' id='1' xmlns='urn:xmpp:sid:0'/>" +
		"<stanza-id xmlns='urn:xmpp:sid:0' id='2' by='u1@x'/></message>")
	if got := stanzaID(el, "u1@x"); got != "2" {
		t.Errorf("stanza-id %q", got)
	}
	if got := stanzaID(el, "u2@x"); got != "" {
		t.Errorf("stanza-id of a stranger %q", got)
	}
}

func TestAcknowledgementsCountFromTheEnabling(t *testing.T) {
	p := &pair{evidence: evidence{sent: 7, acked: make([]bool, 7)}}
	p.startStream(4) // numbers 4, 5, 6 went over this stream, behind the presence
	for _, h := range []uint32{0, 1, 3, 2, 99} {
		p.acknowledge(h)
		want := map[uint32]int{0: 0, 1: 0, 3: 2, 2: 2, 99: 3}[h]
		n := 0
		for _, ok := range p.acked {
			if ok {
				n++
			}
		}
		if n != want || p.acked[3] {
			t.Errorf("h=%d acknowledges %d messages, want %d", h, n, want)
		}
	}
}

// Package crash kills a server with SIGKILL again and again while clients send, and then holds it to its word: what
// it acknowledged (XEP-0198 § 4) must be in the archives (XEP-0313) exactly once and in order. Messages that were not
// acknowledged are never sent again; they may be there once or not at all.
package crash

import "fmt"

// row is one message as it arrived: live or from an archive. id is the archive's own id (XEP-0359 § 3, XEP-0313 § 4.2).
type row struct {
	seq int
	id  string
}

// evidence is all that one sender and one receiver know. Sequence numbers count from 0 and are never used twice.
type evidence struct {
	sent     int
	acked    []bool // by number
	live     []row  // at the receiver, in order of arrival over all connections
	received []row  // the receiver's archive
	outgoing []row  // the sender's archive
}

// Findings are what went wrong, and what is worth knowing. Every number in the first group must be 0.
type Findings struct {
	LostAtReceiver    int `json:"lost_at_receiver"` // acknowledged, not in the receiver's archive
	LostAtSender      int `json:"lost_at_sender"`   // acknowledged, not in the sender's archive
	Doubled           int `json:"doubled"`          // more than once in an archive
	ArchiveReordered  int `json:"archive_reordered"`
	LiveDoubled       int `json:"live_doubled"` // arrived again under another stanza-id
	LiveReordered     int `json:"live_reordered"`
	LiveNotArchived   int `json:"live_not_archived"` // seen by the receiver, gone from the archive
	Foreign           int `json:"foreign"`           // never sent
	Sent              int `json:"sent"`
	Acknowledged      int `json:"acknowledged"`
	Archived          int `json:"archived"`           // different messages in the receivers' archives
	Live              int `json:"live"`               // different messages that arrived live
	LiveRepeated      int `json:"live_repeated"`      // arrived again under the same stanza-id, which clients drop
	AcknowledgedUnrec int `json:"acknowledged_unmet"` // acknowledged, never arrived live, only by the archive
}

// Clean says that the server kept its word.
func (f Findings) Clean() bool {
	return f.LostAtReceiver+f.LostAtSender+f.Doubled+f.ArchiveReordered+f.LiveDoubled+f.LiveReordered+
		f.LiveNotArchived+f.Foreign == 0
}

// String gives the numbers, one line each.
func (f Findings) String() string {
	return fmt.Sprintf("sent %d, acknowledged %d, archived %d, live %d (%d repeated under the same id)\n"+
		"acknowledged but lost: %d at receivers, %d at senders; doubled %d; out of order %d\n"+
		"live: %d doubled, %d out of order, %d not archived; foreign %d; acknowledged and only in the archive %d\n",
		f.Sent, f.Acknowledged, f.Archived, f.Live, f.LiveRepeated, f.LostAtReceiver, f.LostAtSender, f.Doubled,
		f.ArchiveReordered, f.LiveDoubled, f.LiveReordered, f.LiveNotArchived, f.Foreign, f.AcknowledgedUnrec)
}

// judge adds the findings about one pair.
func (f *Findings) judge(e evidence) {
	in, doubled, reordered, foreign := count(e.received, e.sent)
	f.Archived += len(in)
	f.Doubled += doubled
	f.ArchiveReordered += reordered
	f.Foreign += foreign
	out, doubled, reordered, foreign := count(e.outgoing, e.sent)
	f.Doubled += doubled
	f.ArchiveReordered += reordered
	f.Foreign += foreign
	live := f.judgeLive(e, in)
	f.Sent += e.sent
	for seq, ok := range e.acked {
		if !ok {
			continue
		}
		f.Acknowledged++
		if !in[seq] {
			f.LostAtReceiver++
		}
		if !out[seq] {
			f.LostAtSender++
		}
		if !live[seq] {
			f.AcknowledgedUnrec++
		}
	}
}

// count walks an archive in its order.
func count(rows []row, sent int) (got map[int]bool, doubled, reordered, foreign int) {
	got = make(map[int]bool)
	highest := -1
	for _, r := range rows {
		switch {
		case r.seq >= sent:
			foreign++
		case got[r.seq]:
			doubled++
		default:
			if r.seq < highest {
				reordered++
			}
			highest = max(highest, r.seq)
			got[r.seq] = true
		}
	}
	return got, doubled, reordered, foreign
}

// judgeLive drops repetitions by stanza-id as clients do, and then expects order and no doubles.
func (f *Findings) judgeLive(e evidence, archived map[int]bool) map[int]bool {
	ids := make(map[string]bool)
	var fresh []row
	for _, r := range e.live {
		if r.id != "" && ids[r.id] {
			f.LiveRepeated++
			continue
		}
		ids[r.id] = true
		fresh = append(fresh, r)
	}
	got, doubled, reordered, foreign := count(fresh, e.sent)
	f.Live += len(got)
	f.LiveDoubled += doubled
	f.LiveReordered += reordered
	f.Foreign += foreign
	for seq := range got {
		if !archived[seq] {
			f.LiveNotArchived++
		}
	}
	return got
}

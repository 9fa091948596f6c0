package measure

// Sequence checks one ordered flow of numbers 0, 1, 2, … for losses, doubles and order. It keeps a bit for each
// number up to its limit, so doubles are told from late arrivals. It is not safe for concurrent use.
type Sequence struct {
	seen      []uint64
	limit     uint64
	next      uint64 // one more than the highest number that arrived
	unique    uint64
	doubled   uint64
	reordered uint64
	foreign   uint64
}

// NewSequence makes a check for the numbers below limit.
func NewSequence(limit int) *Sequence { return &Sequence{limit: uint64(max(limit, 0))} }

// Record takes the next arrival and says whether it is new.
func (s *Sequence) Record(n uint64) bool {
	if n >= s.limit {
		s.foreign++
		return false
	}
	word, bit := n/64, uint64(1)<<(n%64)
	for uint64(len(s.seen)) <= word {
		s.seen = append(s.seen, 0)
	}
	if s.seen[word]&bit != 0 {
		s.doubled++
		return false
	}
	s.seen[word] |= bit
	s.unique++
	if n < s.next {
		s.reordered++
	} else {
		s.next = n + 1
	}
	return true
}

// Has says whether n arrived.
func (s *Sequence) Has(n uint64) bool {
	return n/64 < uint64(len(s.seen)) && s.seen[n/64]&(1<<(n%64)) != 0
}

// Unique gives how many different numbers arrived.
func (s *Sequence) Unique() uint64 { return s.unique }

// Verdict is the outcome of one or many sequences.
type Verdict struct {
	Lost      uint64 `json:"lost"`
	Doubled   uint64 `json:"doubled"`
	Reordered uint64 `json:"reordered"` // arrived behind a higher number
	Foreign   uint64 `json:"foreign"`   // never sent
}

// Verdict compares with the number of messages that were sent, 0 to sent-1.
func (s *Sequence) Verdict(sent int) Verdict {
	v := Verdict{Doubled: s.doubled, Reordered: s.reordered, Foreign: s.foreign}
	for n := range uint64(max(sent, 0)) {
		if !s.Has(n) {
			v.Lost++
		}
	}
	if beyond := s.unique + v.Lost; beyond > uint64(max(sent, 0)) {
		v.Foreign += beyond - uint64(max(sent, 0))
	}
	return v
}

// Plus adds two verdicts.
func (v Verdict) Plus(o Verdict) Verdict {
	return Verdict{v.Lost + o.Lost, v.Doubled + o.Doubled, v.Reordered + o.Reordered, v.Foreign + o.Foreign}
}

// Clean says that nothing was lost, doubled, reordered or foreign.
func (v Verdict) Clean() bool { return v == Verdict{} }

package measure

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"
)

func TestPercentileAgainstSorting(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var a, b Histogram
	var all []time.Duration
	for i := range 20_000 {
		d := time.Duration(rng.ExpFloat64() * float64(3*time.Millisecond))
		all = append(all, d)
		if i%2 == 0 {
			a.Add(d)
		} else {
			b.Add(d)
		}
	}
	a.Merge(&b)
	slices.Sort(all)
	for _, p := range []float64{0.01, 50, 90, 95, 99, 99.9, 100} {
		rank := max(int(p/100*float64(len(all))+0.9999999), 1)
		exact, got := all[rank-1], a.Percentile(p)
		if got < exact || float64(got) > float64(exact)*(1+1.0/sub)+1 {
			t.Errorf("p%v is %v, exactly %v", p, got, exact)
		}
	}
	if a.Count() != uint64(len(all)) || a.Max() != all[len(all)-1] {
		t.Errorf("count %d, max %v", a.Count(), a.Max())
	}
}

func TestBucketsAreGapless(t *testing.T) {
	for i := range 64*sub - sub*8 {
		if bucket(upper(i)) != i || bucket(upper(i)+1) != i+1 {
			t.Fatalf("bucket %d ends at %d, which is in %d, and the next in %d",
				i, upper(i), bucket(upper(i)), bucket(upper(i)+1))
		}
	}
	var h Histogram
	h.Add(-5)
	h.Add(1<<63 - 1)
	if h.Percentile(1) != 0 || h.Percentile(100) != 1<<63-1 || new(Histogram).Percentile(50) != 0 {
		t.Error("extremes")
	}
}

func TestSequence(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrived []uint64
		sent    int
		want    Verdict
	}{
		{"clean", []uint64{0, 1, 2}, 3, Verdict{}},
		{"nothing sent", nil, 0, Verdict{}},
		{"lost in the middle", []uint64{0, 2}, 3, Verdict{Lost: 1}},
		{"lost at the end", []uint64{0}, 3, Verdict{Lost: 2}},
		{"doubled at once", []uint64{0, 0, 1}, 2, Verdict{Doubled: 1}},
		{"doubled later", []uint64{0, 1, 2, 0}, 3, Verdict{Doubled: 1}},
		{"swapped", []uint64{1, 0, 2}, 3, Verdict{Reordered: 1}},
		{"never sent", []uint64{0, 1, 5, 99}, 2, Verdict{Foreign: 2}},
		{"everything", []uint64{0, 3, 2, 2, 70}, 5, Verdict{Lost: 2, Doubled: 1, Reordered: 1, Foreign: 1}},
	} {
		s := NewSequence(10)
		for _, n := range c.arrived {
			s.Record(n)
		}
		got := s.Verdict(c.sent)
		if got != c.want || got.Clean() != (c.want == Verdict{}) {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
	if sum := (Verdict{1, 2, 3, 4}).Plus(Verdict{1, 1, 1, 1}); sum != (Verdict{2, 3, 4, 5}) {
		t.Errorf("sum %+v", sum)
	}
}

func TestParseStat(t *testing.T) {
	s, err := parseStat([]byte("42 (be) am (x) S 7 1 1 0 -1 4194560 1 2 3 4 150 50 3 1 20 0 9 0 1 2"))
	if err != nil || s != (stat{42, 7, 2040 * time.Millisecond}) {
		t.Errorf("%+v, %v", s, err)
	}
	for _, bad := range []string{"", "1 (x S 1", "x (y) S 1", "1 (x) S 1 2 3"} {
		if _, err := parseStat([]byte(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func TestParseMachine(t *testing.T) {
	used, had, err := parseMachine([]byte("cpu  100 10 50 700 40 5 5 90 3 0\ncpu0 1 2\n"))
	if err != nil || used != 2600*time.Millisecond || had != 10*time.Second {
		t.Errorf("used %v of %v, %v", used, had, err)
	}
	if _, _, err := parseMachine([]byte("intr 1 2 3 4 5 6 7 8 9")); err == nil {
		t.Error("a line without processors was accepted")
	}
	if used, had, err := Machine(); err != nil || used <= 0 || had <= used {
		t.Errorf("this machine used %v of %v, %v", used, had, err)
	}
}

func TestResident(t *testing.T) {
	got := resident([]byte("Name:\tx\nVmRSS:\t 99 kB\nRssAnon:\t     100 kB\nRssFile:\t 23 kB\nRssShmem:\t 5 kB\n"))
	if got != 123*1024 {
		t.Errorf("%d bytes", got)
	}
}

// A child that burns processor time must show in its parent's sum, with its memory.
func TestTreeCountsDescendants(t *testing.T) {
	if os.Getenv("BENCH_BURN") != "" {
		burn()
		return
	}
	before, err := Processor(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestTreeCountsDescendants$")
	cmd.Env = append(os.Environ(), "BENCH_BURN=1")
	out, _ := cmd.StdoutPipe()
	in, _ := cmd.StdinPipe()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { in.Close(); cmd.Wait() }()
	fmt.Fscanf(out, "burnt\n")
	after, err := Processor(os.Getpid())
	if err != nil || after-before < 100*time.Millisecond {
		t.Errorf("%v used, %v", after-before, err)
	}
	all, _ := Memory(os.Getpid())
	child, _ := Memory(cmd.Process.Pid)
	if child <= 0 || all <= child {
		t.Errorf("%d bytes together, %d in the child", all, child)
	}
}

func burn() {
	for Own() < 200*time.Millisecond {
	}
	fmt.Println("burnt")
	fmt.Scanln() // until the parent closes our input
}

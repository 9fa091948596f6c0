package measure

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of the times in /proc/PID/stat; it is 1/100 s on every Linux architecture (proc(5), USER_HZ).
const tick = 10 * time.Millisecond

// Processor gives the user and system time that a process, its threads, its waited-for children and its living
// descendants used so far. Its resolution is 10 ms, so measure over seconds.
func Processor(pid int) (time.Duration, error) {
	stats, err := tree(pid)
	if err != nil {
		return 0, err
	}
	var sum time.Duration
	for _, s := range stats {
		sum += s.used
	}
	return sum, nil
}

// Machine gives the processor time that all processes of the machine used so far, and the time that its processors
// had (idle or not): /proc/stat, proc(5).
func Machine() (used, had time.Duration, err error) {
	b, err := os.ReadFile("/proc/stat")
	if err != nil {
		return 0, 0, fmt.Errorf("read machine: %w", err)
	}
	return parseMachine(b)
}

func parseMachine(b []byte) (used, had time.Duration, err error) {
	line, _, _ := strings.Cut(string(b), "\n")
	f := strings.Fields(line)
	if len(f) < 9 || f[0] != "cpu" {
		return 0, 0, fmt.Errorf("parse machine: %.80q", line)
	}
	for i, v := range f[1:9] { // user nice system idle iowait irq softirq steal
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return 0, 0, fmt.Errorf("parse machine: %w", err)
		}
		had += time.Duration(n) * tick
		if i != 3 && i != 4 {
			used += time.Duration(n) * tick
		}
	}
	return used, had, nil
}

// Own gives the processor time that this process used so far.
func Own() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Memory gives the resident bytes (RssAnon + RssFile) of a process and its living descendants.
func Memory(pid int) (int64, error) {
	stats, err := tree(pid)
	if err != nil {
		return 0, err
	}
	var sum int64
	for _, s := range stats {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.pid))
		if err != nil {
			continue // ended meanwhile
		}
		sum += resident(b)
	}
	return sum, nil
}

func resident(status []byte) int64 {
	var kib int64
	for line := range strings.SplitSeq(string(status), "\n") {
		name, value, _ := strings.Cut(line, ":")
		if name == "RssAnon" || name == "RssFile" {
			n, _ := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			kib += n
		}
	}
	return kib * 1024
}

type stat struct {
	pid, parent int
	used        time.Duration
}

// parseStat reads one line of /proc/PID/stat; the command in parentheses may contain anything.
func parseStat(b []byte) (stat, error) {
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return stat{}, fmt.Errorf("parse stat: no command in %.80q", b)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b[:open])))
	if err != nil {
		return stat{}, fmt.Errorf("parse stat: %w", err)
	}
	f := strings.Fields(string(b[end+1:])) // f[0] is field 3, state
	if len(f) < 15 {
		return stat{}, fmt.Errorf("parse stat: %d fields", len(f))
	}
	s := stat{pid: pid}
	s.parent, _ = strconv.Atoi(f[1])
	for _, v := range f[11:15] { // utime stime cutime cstime
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return stat{}, fmt.Errorf("parse stat: %w", err)
		}
		s.used += time.Duration(n) * tick
	}
	return s, nil
}

// tree lists pid and its living descendants.
func tree(pid int) ([]stat, error) {
	root, err := readStat(pid)
	if err != nil {
		return nil, err
	}
	entries, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	children := make(map[int][]stat)
	for _, e := range entries {
		n, err := strconv.Atoi(filepath.Base(e))
		if err != nil {
			continue
		}
		if s, err := readStat(n); err == nil {
			children[s.parent] = append(children[s.parent], s)
		}
	}
	all := []stat{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i].pid]...)
	}
	return all, nil
}

func readStat(pid int) (stat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, fmt.Errorf("read process: %w", err)
	}
	return parseStat(b)
}

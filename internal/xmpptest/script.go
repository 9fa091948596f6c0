package xmpptest

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// script is a parsed transcript.
type script struct {
	title   string // the first line without its sign
	steps   []step
	only    string // why it is not played against other servers; "" where it is
	lines   []string
	clients map[string]bool
}

type action int

const (
	sign      action = iota // client lines
	send                    // >
	expect                  // <
	expectAny               // <~
	nothing                 // < nothing
	closed                  // < closed
	act                     // !
	do                      // a line for the server's side
	output                  // admin <
)

// step is one line, or several where an element spans them.
type step struct {
	action    action
	who       string
	text      string
	want      *pattern
	clients   []declaration
	line, end int // of the file, from 1; the step is lines[line-1:end]
}

// declaration is a client of a client line.
type declaration struct {
	name     string
	address  string // user@domain
	resource string
	options  map[string]string // "priority" → "-1"
}

func (d *declaration) has(option string) bool { _, ok := d.options[option]; return ok }

// loud tells whether the script sees what arrives at sign-in.
func (d *declaration) loud() bool { return d.has("raw") || d.has("auth") || d.has("stream") }

var (
	citation = regexp.MustCompile(`^# (XEP-\d{4}|RFC \d{3,5}) § \d+(\.\d+)*[a-z]?.*: \S`)
	stepLine = regexp.MustCompile(`^(\S+)\s+(>|<~|<|!)(?:\s+(.*))?$`)
	declared = regexp.MustCompile(`^(\S+?)/(\S+?)\s*(?:\(([^)]*)\))?$`)
)

// parse reads a transcript; domain replaces example.net.
func parse(text, domain string) (*script, error) {
	if domain != "" && domain != defaultDomain {
		text = strings.ReplaceAll(text, defaultDomain, domain)
	} else {
		domain = defaultDomain
	}
	s := &script{lines: strings.Split(strings.TrimRight(text, "\n"), "\n"), clients: map[string]bool{}}
	if !citation.MatchString(s.lines[0]) {
		return nil, errors.New(`line 1: want "# XEP-0000 § 1.2: a sentence" (or RFC 0000), the section that the script proves`)
	}
	s.title = strings.TrimPrefix(s.lines[0], "# ")
	for i := 0; i < len(s.lines); {
		st, err := s.step(i, domain)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", i+1, err)
		}
		i = max(st.end, i+1)
		if st.end > 0 {
			s.steps = append(s.steps, st)
		}
	}
	return s, nil
}

// step parses the step that begins in this line; its end is 0 where there is none.
func (s *script) step(i int, domain string) (step, error) {
	line := strings.TrimRight(s.lines[i], " \t\r")
	st := step{line: i + 1, end: i + 1}
	if line == "" || strings.HasPrefix(line, "#") {
		return step{}, nil
	}
	if rest, ok := strings.CutPrefix(line, "only myna: "); ok {
		s.only = rest
		return step{}, nil
	}
	if rest, ok := strings.CutPrefix(line, "client "); ok {
		var err error
		st.clients, err = s.declare(rest, domain)
		return st, err
	}
	m := stepLine.FindStringSubmatch(line)
	if m == nil {
		st.action, st.text = do, line
		return st, nil
	}
	st.who, st.text = m[1], m[3]
	if st.who == "admin" && m[2] == "<" {
		st.action = output
		return st, nil
	}
	if !s.clients[st.who] {
		return st, fmt.Errorf("client %s is not declared before", st.who)
	}
	return s.clientStep(st, m[2])
}

func (s *script) clientStep(st step, sign string) (step, error) {
	switch {
	case sign == "!":
		st.action = act
		return st, checkAct(st.text)
	case sign == "<" && st.text == "nothing":
		st.action = nothing
		return st, nil
	case sign == "<" && st.text == "closed":
		st.action = closed
		return st, nil
	case sign == ">":
		st.action = send
	case sign == "<":
		st.action = expect
	default:
		st.action = expectAny
	}
	for {
		elements, err := parseElements(markMore(st.text))
		if err == nil && len(elements) > 0 {
			break
		}
		if err == nil {
			err = errIncomplete
		}
		if !errors.Is(err, errIncomplete) || st.end == len(s.lines) {
			return st, fmt.Errorf("%s %s: %w", st.who, sign, err)
		}
		st.text += "\n" + s.lines[st.end]
		st.end++
	}
	var err error
	if st.action != send {
		st.want, err = parsePattern(st.text)
	}
	return st, err
}

func checkAct(text string) error {
	verb, _, _ := strings.Cut(text, " ")
	switch verb {
	case "connect", "refused", "disconnect", "cut", "resume", "open", "write":
		return nil
	}
	return fmt.Errorf("unknown step ! %s", text)
}

// declare parses the clients of a client line.
func (s *script) declare(list, domain string) ([]declaration, error) {
	var all []declaration
	for _, item := range splitOutside(list) {
		m := declared.FindStringSubmatch(strings.TrimSpace(item))
		if m == nil {
			return nil, fmt.Errorf(`client %q: want account/resource and options in parentheses`, strings.TrimSpace(item))
		}
		d := declaration{name: m[1] + "/" + m[2], address: m[1], resource: m[2], options: map[string]string{}}
		if !strings.Contains(d.address, "@") {
			d.address += "@" + domain
		}
		for _, o := range strings.Split(m[3], ",") {
			if o = strings.TrimSpace(o); o == "" {
				continue
			}
			key, value, _ := strings.Cut(o, " ")
			if key == "no" {
				key, value = o, ""
			}
			switch key {
			case "no presence", "priority", "roster", "sm", "raw", "auth", "stream", "offline", "password":
			default:
				return nil, fmt.Errorf("client %s: unknown option (%s)", d.name, o)
			}
			d.options[key] = value
		}
		if s.clients[d.name] {
			return nil, fmt.Errorf("client %s is declared twice", d.name)
		}
		s.clients[d.name] = true
		all = append(all, d)
	}
	return all, nil
}

// splitOutside splits at commas that do not stand in parentheses.
func splitOutside(s string) []string {
	var parts []string
	depth, from := 0, 0
	for i, r := range s {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case ',':
			if depth == 0 {
				parts, from = append(parts, s[from:i]), i+1
			}
		}
	}
	return append(parts, s[from:])
}

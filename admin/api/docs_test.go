package api_test

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"myna/admin/api"
)

// The examples of docs/api.md work, in their order.
func TestExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	c := start(t)
	c.key = c.newKey("example.net")
	n := 0
	for line := range strings.Lines(strings.ReplaceAll(string(text), "example.com", "example.net")) {
		words, isCurl := strings.CutPrefix(strings.TrimSpace(line), "curl ")
		if !isCurl {
			continue
		}
		method, body, path := "GET", "", ""
		var headers []string
		args := split(words)
		for i := 0; i < len(args); i++ {
			switch args[i] {
			case "-i":
			case "-X":
				i++
				method = args[i]
			case "-d":
				i++
				body = args[i]
			case "-H":
				i++
				name, value, _ := strings.Cut(args[i], ": ")
				headers = append(headers, name, strings.ReplaceAll(value, "$KEY", c.key))
			default:
				path = strings.Replace(args[i], "$API", "/api/v1", 1)
			}
		}
		if a := c.do(method, path, body, headers...); a.status > 299 {
			t.Errorf("%s%d %v", line, a.status, a.body)
		}
		n++
	}
	if n < 25 {
		t.Errorf("only %d examples were found", n)
	}
}

// The table of docs/api.md names routes that there are, and every operation of the command line has one.
func TestTableOfCommands(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, found := strings.Cut(string(text), "| command | route below /api/v1 |")
	table, _, ends := strings.Cut(table, "\n\n")
	named := regexp.MustCompile("`((?:GET|POST|PUT|PATCH|DELETE) /[^`]*)`").FindAllStringSubmatch(table, -1)
	if !found || !ends || len(named) < 40 {
		t.Fatalf("%d routes in the table", len(named))
	}
	for _, m := range named {
		if !slices.Contains(api.Routes(), m[1]) {
			t.Errorf("there is no route %s", m[1])
		}
	}
}

// split takes a command line apart; quotes of both kinds keep words together.
func split(line string) []string {
	var words []string
	for line = strings.TrimSpace(line); line != ""; line = strings.TrimSpace(line) {
		var word string
		if q := line[:1]; q == `"` || q == `'` {
			word, line, _ = strings.Cut(line[1:], q)
		} else {
			word, line, _ = strings.Cut(line, " ")
		}
		words = append(words, word)
	}
	return words
}

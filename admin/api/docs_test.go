package api_test

import (
	"os"
	"strings"
	"testing"
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
	if n < 15 {
		t.Errorf("only %d examples were found", n)
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

package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command has a route of the HTTP API in docs/api.md, or a reason there why it has none. That the routes are there shows
// TestTableOfCommands of package api.
func TestRouteOfEveryCommand(t *testing.T) {
	text, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "| command | route below /api/v1 |\n|---|---|\n")
	table, _, _ = strings.Cut(table, "\n\n")
	told := map[string]string{}
	for line := range strings.Lines(table) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		if len(cells) != 4 {
			t.Fatalf("no row of two cells: %s", line)
		}
		name := strings.Trim(strings.TrimSpace(cells[1]), "`")
		if told[name] != "" {
			t.Errorf("%s is told twice", name)
		}
		told[name] = strings.TrimSpace(cells[2])
	}
	c := &cli{backend: serverBackend(), env: func(string) string { return "" }}
	root := c.root()
	root.InitDefaultHelpCmd()
	names := leaves(root, "")
	route := regexp.MustCompile("`(GET|POST|PUT|PATCH|DELETE) /[^`]*`")
	for _, name := range names {
		switch about := told[name]; {
		case about == "":
			t.Errorf("docs/api.md says nothing of myna %s: name its route, or say why there is none", name)
		case !route.MatchString(about) && about != "likewise" && len(strings.Fields(about)) < 4:
			t.Errorf("docs/api.md has neither a route for myna %s nor a reason: %q", name, about)
		}
	}
	for name := range told {
		if !slices.Contains(names, name) {
			t.Errorf("docs/api.md tells of myna %s, which is no command", name)
		}
	}
}

// leaves are the names of the commands that do something.
func leaves(cmd *cobra.Command, above string) []string {
	var list []string
	for _, sub := range cmd.Commands() {
		name := strings.TrimSpace(above + " " + sub.Name())
		if sub.HasSubCommands() {
			list = append(list, leaves(sub, name)...)
		} else {
			list = append(list, name)
		}
	}
	return list
}

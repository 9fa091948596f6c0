package main

import (
	"errors"
	"regexp"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"myna/config"
)

// self is how the program is called, with the configuration that is in use: what a shown command begins with.
func (c *cli) self() string {
	if file := c.configFile(); file != defaultConfig {
		return c.name + " --config " + shellWord(file)
	}
	return c.name
}

// plain is a word that a shell takes as it is.
var plain = regexp.MustCompile(`^[A-Za-z0-9_./:@%+=,-]+$`)

func shellWord(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// commands writes the commands of a text as they are to be typed here. Lower floors do not know how the program was
// called and write "myna serve".
func (c *cli) commands(text string) string {
	command := regexp.MustCompile(`(^|[\s("])myna (` + strings.Join(c.verbs, "|") + `)\b`)
	self := strings.ReplaceAll(c.self(), "$", "$$")
	return command.ReplaceAllString(text, "${1}"+self+" ${2}")
}

// unknownCommand says what a group of commands does not have.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	if near := config.Nearest(word, names); near != "" {
		return usage(cmd, "unknown command %q; did you mean %q?", word, near)
	}
	return usage(cmd, "unknown command %q", word)
}

// helpCommand is cobra's, but for a topic that does not exist, which is wrong usage.
func helpCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "Explain a command",
		Example: "  myna help account create",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			topic, rest, err := cmd.Root().Find(args)
			if err == nil && len(rest) > 0 {
				return unknownCommand(topic, rest[0])
			}
			if err != nil {
				return unknownCommand(cmd.Root(), args[0])
			}
			topic.InitDefaultHelpFlag() // its help lists it
			return topic.Help()
		},
	}
}

// wrongFlag adds to an unknown flag the one that was meant.
func wrongFlag(cmd *cobra.Command, err error) error {
	word, unknown := strings.CutPrefix(err.Error(), "unknown flag: --")
	if !unknown {
		var wrong *pflag.InvalidValueError
		if errors.As(err, &wrong) {
			return usage(cmd, "--%s takes a %s, not %q", wrong.GetFlag().Name, kindOf(wrong.GetFlag()), wrong.GetValue())
		}
		return &usageError{cmd, err}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	if near := config.Nearest(word, names); near != "" {
		return usage(cmd, "unknown flag --%s; did you mean --%s?", word, near)
	}
	return usage(cmd, "unknown flag --%s", word)
}

// kindOf names for people what a flag takes.
func kindOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int":
		return "whole number"
	case "bool":
		return "true or false"
	}
	return f.Value.Type()
}

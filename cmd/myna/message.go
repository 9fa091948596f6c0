package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) domainCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "domain", Aliases: []string{"domains"}, Short: "Tell the people of a domain something",
		Example: "  myna domain announce example.com \"Back in ten minutes.\"\n  myna domain motd example.com \"The cafeteria is closed today.\""}
	cmd.AddCommand(
		c.domainAnnounce(),
		c.domainMessage("motd", "Show, set or delete the message of the day, which everybody is told once",
			"Everybody is told the message of the day once: who is signed in now, others when they sign in."),
		c.domainMessage("welcome", "Show, set or delete what new accounts are told", "New accounts are told the welcome message when they first sign in."),
	)
	return cmd
}

func (c *cli) domainAnnounce() *cobra.Command {
	return &cobra.Command{
		Use:     "announce DOMAIN TEXT",
		Short:   "Tell everybody who is signed in",
		Example: "  myna domain announce example.com \"Back in ten minutes.\"",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var out admin.Announced
			if err := c.ask(cmd.Context(), "domain.announce", admin.Announce{Domain: args[0], Text: args[1]}, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) { fmt.Fprintf(w, "%s told.\n", count(out.Accounts, "account was", "accounts were")) })
		},
	}
}

func (c *cli) domainMessage(name, short, long string) *cobra.Command {
	var remove, correct bool
	cmd := &cobra.Command{
		Use:     name + " DOMAIN [TEXT]",
		Short:   short,
		Long:    long,
		Example: fmt.Sprintf("  myna domain %s example.com\n  myna domain %s example.com \"Good morning!\"\n  myna domain %s example.com --delete", name, name, name),
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var m admin.Message
			switch {
			case remove && len(args) == 2, correct && len(args) == 1:
				return usage(cmd, "give a text, or --delete")
			case len(args) == 1 && !remove:
				if err := c.ask(cmd.Context(), "domain."+name, admin.ShowMessage{Domain: args[0]}, &m); err != nil {
					return err
				}
				return c.print(m, func(w io.Writer) {
					if m.Text == "" {
						m.Text = "There is none."
					}
					fmt.Fprintln(w, m.Text)
				})
			}
			text := strings.Join(args[1:], "")
			if !remove && strings.TrimSpace(text) == "" {
				return usage(cmd, "give a text, or --delete")
			}
			if err := c.ask(cmd.Context(), "domain.set-"+name, admin.SetMessage{Domain: args[0], Text: text, Correct: correct}, &m); err != nil {
				return err
			}
			return c.print(m, func(w io.Writer) {
				verb := "set"
				if remove {
					verb = "deleted"
				}
				fmt.Fprintf(w, "The message of %s is %s.\n", m.Domain, verb)
			})
		},
	}
	cmd.Flags().BoolVar(&remove, "delete", false, "delete it")
	cmd.Flags().BoolVar(&correct, "correct", false, "who was told the one before is not told again")
	return cmd
}

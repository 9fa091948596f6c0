package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) aliasPut() *cobra.Command {
	var r admin.PutAlias
	cmd := &cobra.Command{
		Use:   "put ADDRESS --target ADDRESS …",
		Short: "Create an alias, or make an existing one so: what is not given is as in a new one",
		Example: `  myna alias put sales@example.com --target lan@example.com --target minh@example.com --group-chat
  myna alias put everyone@example.com --everyone --group-chat`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.Address = args[0]; len(r.Targets) == 0 && !r.Everyone {
				return usage(cmd, "who belongs to %s? Give --target ADDRESS, or --everyone", r.Address)
			}
			if !cmd.Flags().Changed("announcement") {
				r.Announcement = nil
			}
			var out admin.AliasPut
			if err := c.ask(cmd.Context(), "alias.put", r, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) {
				verb := "changed"
				if out.New {
					verb = "created"
				}
				fmt.Fprintf(w, "%s is %s.\n", out.Address, verb)
			})
		},
	}
	aliasFlags(cmd, &r.AliasFields)
	return cmd
}

func (c *cli) aliasPreview() *cobra.Command {
	var r admin.PreviewAlias
	cmd := &cobra.Command{
		Use:     "preview ADDRESS",
		Short:   "Tell what an alias would come to, without saving it",
		Example: "  myna alias preview sales@example.com --target lan@example.com --target team@example.com --group-chat",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Address = args[0]
			if !cmd.Flags().Changed("announcement") {
				r.Announcement = nil
			}
			var out admin.AliasPreview
			if err := c.ask(cmd.Context(), "alias.preview", r, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) {
				facts(w, "Chat", strconv.Itoa(out.Chat), "Mail only", strconv.Itoa(out.Mail), "Left", strconv.Itoa(out.Left),
					"Disabled", strconv.Itoa(out.Disabled))
				fmt.Fprintln(w)
				members(w, admin.Resolution{Members: out.Members, Warnings: out.Warnings})
				if out.More > 0 {
					fmt.Fprintf(w, "%d more.\n", out.More)
				}
				for _, text := range out.Problems {
					fmt.Fprintf(w, "It cannot be saved so: %s\n", text)
				}
			})
		},
	}
	aliasFlags(cmd, &r.AliasFields)
	return cmd
}

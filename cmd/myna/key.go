package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) keyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "key", Aliases: []string{"keys"}, Short: "Make and revoke keys of the HTTP API",
		Long:    "Make and revoke keys of the HTTP API, /api/v1. A key administers a domain, or the whole server.",
		Example: "  myna key create webmail --domain example.com\n  myna key list"}
	cmd.AddCommand(c.keyCreate(), c.keyList(), c.keyRevoke())
	return cmd
}

func (c *cli) keyCreate() *cobra.Command {
	var r admin.CreateKey
	server := false
	cmd := &cobra.Command{
		Use:     "create NAME --domain DOMAIN",
		Short:   "Make a key; it is shown once",
		Example: "  myna key create webmail --domain example.com\n  myna key create panel --server",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.Name = args[0]; (r.Domain == "") != server {
				return usage(cmd, "what may the key do? Give --domain DOMAIN, or --server for everything")
			}
			var k admin.CreatedKey
			if err := c.ask(cmd.Context(), "key.create", r, &k); err != nil {
				return err
			}
			return c.print(k, func(w io.Writer) {
				fmt.Fprintf(w, "%s\n", k.Text)
				fmt.Fprintf(w, "\nKeep it where only the program can read it: it is not shown again. It administers %s.\nRevoke it with: %s key revoke %s\n",
					scope(k.Key), c.self(), k.ID)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "the key administers this `domain`")
	cmd.Flags().BoolVar(&server, "server", false, "the key administers the server with all its domains")
	return cmd
}

func scope(k admin.Key) string {
	if k.Domain == "" {
		return "the server"
	}
	return k.Domain
}

func (c *cli) keyList() *cobra.Command {
	var r admin.ListKeys
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List keys",
		Example: "  myna key list",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []admin.Key
			if err := c.ask(cmd.Context(), "key.list", r, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, k := range list {
					rows[i] = []string{k.ID, k.Name, scope(k), when(k.Created), k.By}
				}
				table(w, "No keys.", []string{"KEY", "NAME", "FOR", "CREATED", "BY"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only keys of this `domain`")
	return cmd
}

func (c *cli) keyRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke KEY",
		Short:   "Revoke a key: programs that use it are refused from now on",
		Example: "  myna key revoke k7x2abcdmnop",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var k admin.Key
			if err := c.ask(cmd.Context(), "key.revoke", admin.RevokeKey{ID: args[0]}, &k); err != nil {
				return err
			}
			return c.print(k, func(w io.Writer) { fmt.Fprintf(w, "The key %s (%s) is revoked.\n", k.ID, k.Name) })
		},
	}
}

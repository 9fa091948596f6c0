package main

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/xep/clients"
)

func (c *cli) accountClients() *cobra.Command {
	return &cobra.Command{
		Use:   "clients ADDRESS",
		Short: "List the clients that can sign in to an account, as far as they are known",
		Long: `List the clients that can sign in to an account, as far as they are known: those that have said
who they are, app passwords, and whoever is signed in.`,
		Example: "  myna account clients lan@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var list []clients.Client
			if err := c.ask(cmd.Context(), "account.clients", admin.Identified{Address: args[0]}, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, k := range list {
					seen := "never"
					if !k.Last.IsZero() {
						seen = when(k.Last)
					}
					rows[i] = []string{k.ID, words(k.Software, cmp.Or(k.Device, k.AppPassword)), clientAuth(k), seen, mark(k.Connected, "online")}
				}
				table(w, "No clients are known.", []string{"CLIENT", "NAME", "BY", "LAST SEEN", "STATE"}, rows)
			})
		},
	}
}

// clientAuth is how a client has signed in.
func clientAuth(k clients.Client) string {
	names := make([]string, len(k.Auth))
	for i, m := range k.Auth {
		names[i] = map[clients.Method]string{clients.Fast: "token", clients.External: "certificate", clients.Grant: "webmail"}[m]
		if m == clients.Grant && k.AppPassword != "" {
			names[i] = "app password"
		}
		names[i] = cmp.Or(names[i], string(m))
	}
	return strings.Join(names, ", ")
}

func (c *cli) accountEndClient() *cobra.Command {
	return &cobra.Command{
		Use:   "end-client ADDRESS CLIENT",
		Short: "End a client: its tokens or app password, and its sessions",
		Long: `End a client: its tokens or app password, and its sessions. One that knows the password of the
account can sign in again; change the password to keep it out.`,
		Example: "  myna account end-client lan@example.com zeiP41HLglIuWcx0",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var k clients.Client
			if err := c.ask(cmd.Context(), "account.end-client", admin.EndClient{Address: args[0], ID: args[1]}, &k); err != nil {
				return err
			}
			return c.print(k, func(w io.Writer) {
				fmt.Fprintf(w, "The client %s is ended.\n", k.ID)
				if k.Knows {
					fmt.Fprintf(w, "It knows the password. To keep it out: %s account password %s\n", c.self(), args[0])
				}
			})
		},
	}
}

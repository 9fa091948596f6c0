package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) appPasswordCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "app-password", Aliases: []string{"app-passwords"}, Short: "Make and revoke passwords for one program or device of an account",
		Long: `Make and revoke passwords for one program or device of an account. Who has one signs in as the
account, but cannot change its password, make others, or administer. It ends when it is revoked,
and with the password of the account.`,
		Example: "  myna account app-password create lan@example.com \"Printer in the hall\"\n  myna account app-password list lan@example.com"}
	cmd.AddCommand(c.appPasswordCreate(), c.appPasswordList(), c.appPasswordRevoke())
	return cmd
}

func (c *cli) appPasswordCreate() *cobra.Command {
	return &cobra.Command{
		Use:     "create ADDRESS LABEL",
		Short:   "Make an app password; it is shown once",
		Example: "  myna account app-password create lan@example.com \"Printer in the hall\"",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var p admin.CreatedAppPassword
			if err := c.ask(cmd.Context(), "app-password.create", admin.CreateAppPassword{Address: args[0], Label: args[1]}, &p); err != nil {
				return err
			}
			return c.print(p, func(w io.Writer) {
				printPassword(w, p.Password)
				fmt.Fprintf(w, "It signs in as %s. Revoke it with: %s account app-password revoke %s %s\n", p.Address, c.self(), p.Address, p.ID)
			})
		},
	}
}

func (c *cli) appPasswordList() *cobra.Command {
	return &cobra.Command{
		Use:     "list ADDRESS",
		Short:   "List the app passwords of an account",
		Example: "  myna account app-password list lan@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var list []admin.AppPassword
			if err := c.ask(cmd.Context(), "app-password.list", admin.Identified{Address: args[0]}, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, p := range list {
					used := "never"
					if !p.Used.IsZero() {
						used = when(p.Used)
					}
					rows[i] = []string{p.ID, p.Label, when(p.Created), used}
				}
				table(w, "No app passwords.", []string{"ID", "LABEL", "CREATED", "LAST USED"}, rows)
			})
		},
	}
}

func (c *cli) appPasswordRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke ADDRESS ID",
		Short:   "Revoke an app password; who has signed in with it is signed out",
		Example: "  myna account app-password revoke lan@example.com k7x2abcdmnop",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var p admin.AppPassword
			if err := c.ask(cmd.Context(), "app-password.revoke", admin.RevokeAppPassword{Address: args[0], ID: args[1]}, &p); err != nil {
				return err
			}
			return c.print(p, func(w io.Writer) { fmt.Fprintf(w, "The app password %s (%s) is revoked.\n", p.ID, p.Label) })
		},
	}
}

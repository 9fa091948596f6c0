package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) accountResetLink() *cobra.Command {
	return &cobra.Command{
		Use:   "reset-link ADDRESS",
		Short: "Make a link for who has lost the password; it is shown once",
		Long: `Make a link for who has lost the password: the person sets another one by it, which nobody else
knows. It is good once, for modules.registration.reset_hours, and only the last one of an account.
All sessions end when it is used.`,
		Example: "  myna account reset-link lan@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var link admin.ResetLink
			if err := c.ask(cmd.Context(), "account.reset-link", admin.Identified{Address: args[0]}, &link); err != nil {
				return err
			}
			return c.print(link, func(w io.Writer) {
				if link.Page != "" {
					fmt.Fprintf(w, "%s\n\nSend this to the person whose account it is, and to nobody else: who has it can sign in as %s.\n", link.Page, link.Address)
				} else {
					fmt.Fprintf(w, "%s\n\nThis is the code for clients that ask for one; the server has no page. Who has it can sign in as %s.\n", link.Code, link.Address)
				}
				fmt.Fprintf(w, "It is not shown again, and good once, until %s.\n", when(link.Until))
			})
		},
	}
}

package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) policyCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "policy", Aliases: []string{"policies"}, Short: "See and decide the options of a domain",
		Long: `See and decide the options of a domain, as on the admin page. What is set here is in use at once and stays
over restarts. What the configuration file says of the domain ([host."DOMAIN"…]) counts more.`,
		Example: "  myna policy list example.com\n  myna policy set example.com modules.muc.room_creation everybody"}
	cmd.AddCommand(c.policyList(), c.policySet(), c.policyReset())
	return cmd
}

func (c *cli) policyList() *cobra.Command {
	return &cobra.Command{
		Use:     "list DOMAIN",
		Short:   "List the options of a domain, as they are in use, and who says so",
		Example: "  myna policy list example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var list []admin.Policy
			if err := c.ask(cmd.Context(), "policy.list", admin.ListPolicies{Domain: args[0]}, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, p := range list {
					rows[i] = []string{p.Key, p.Value, p.Source}
				}
				table(w, "No options.", []string{"OPTION", "VALUE", "FROM"}, rows)
			})
		},
	}
}

func (c *cli) policySet() *cobra.Command {
	return &cobra.Command{
		Use:     "set DOMAIN OPTION VALUE",
		Short:   "Set an option of a domain",
		Example: "  myna policy set example.com archive.retention_days 365",
		Args:    cobra.ExactArgs(3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.decide(cmd.Context(), "policy.set", admin.SetPolicy{Domain: args[0], Key: args[1], Value: args[2]})
		},
	}
}

func (c *cli) policyReset() *cobra.Command {
	return &cobra.Command{
		Use:     "reset DOMAIN OPTION",
		Short:   "Have an option of a domain be again what the configuration says",
		Example: "  myna policy reset example.com archive.retention_days",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.decide(cmd.Context(), "policy.reset", admin.ResetPolicy{Domain: args[0], Key: args[1]})
		},
	}
}

func (c *cli) decide(ctx context.Context, operation string, request any) error {
	var p admin.Policy
	if err := c.ask(ctx, operation, request, &p); err != nil {
		return err
	}
	return c.print(p, func(w io.Writer) { fmt.Fprintf(w, "%s is %s (%s).\n", p.Key, p.Value, p.Source) })
}

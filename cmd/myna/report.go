package main

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) reportCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "report", Aliases: []string{"reports"}, Short: "See what users have reported, and close it",
		Long: "See what users have reported, and close it. Who blocks somebody in a client may report that as spam or abuse, with messages\n" +
			"as evidence. The administrators of the domain are told by a message.",
		Example: "  myna report list\n  myna report show ID"}
	cmd.AddCommand(c.reportList(), c.reportShow(), c.reportClose())
	return cmd
}

func (c *cli) reportList() *cobra.Command {
	var r admin.ListReports
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List reports that are not closed, newest first",
		Example: "  myna report list --domain example.com",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []admin.Report
			if err := c.ask(cmd.Context(), "report.list", r, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, l := range list {
					rows[i] = []string{l.ID, when(l.At), l.Reporter, l.Reported, strings.TrimPrefix(l.Reason, "urn:xmpp:reporting:"), fmt.Sprint(l.Count)}
				}
				table(w, "No reports.", []string{"REPORT", "TIME", "BY", "OF", "REASON", "MESSAGES"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only reports by users of this `domain`")
	return cmd
}

func (c *cli) reportShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show REPORT",
		Short:   "Show a report with its messages",
		Example: "  myna report show mzx2abcdmnop",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var rep admin.Report
			if err := c.ask(cmd.Context(), "report.show", admin.NamedReport{ID: args[0]}, &rep); err != nil {
				return err
			}
			return c.print(rep, func(w io.Writer) {
				fmt.Fprintf(w, "%s reported %s at %s: %s\n", rep.Reporter, rep.Reported, when(rep.At), rep.Reason)
				if rep.Text != "" {
					fmt.Fprintf(w, "\n%s\n", rep.Text)
				}
				for _, m := range rep.Messages {
					fmt.Fprintf(w, "\n%s %s\n%s\n", when(m.At), m.From, m.Stanza)
				}
			})
		},
	}
}

func (c *cli) reportClose() *cobra.Command {
	return &cobra.Command{
		Use:     "close REPORT",
		Short:   "Close a report: it is removed with its messages, and the audit log says so",
		Example: "  myna report close mzx2abcdmnop",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var rep admin.Report
			if err := c.ask(cmd.Context(), "report.close", admin.NamedReport{ID: args[0]}, &rep); err != nil {
				return err
			}
			return c.print(rep, func(w io.Writer) { fmt.Fprintf(w, "The report of %s by %s is closed.\n", rep.Reported, rep.Reporter) })
		},
	}
}

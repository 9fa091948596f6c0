package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
)

// errKept says that the answer was not yes.
var errKept = errors.New("nothing was deleted: the answer was not yes")

func (c *cli) accountDelete() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "delete ADDRESS",
		Short: "Delete an account with all that belongs to it",
		Long: `Delete an account with its contacts, archive, files and settings. There is no undo: to keep
somebody out for now, disable the account. Aliases stop naming it. What it wrote into groups stays
there.

At a terminal you are shown what goes and asked; elsewhere --yes is needed.`,
		Example: "  myna account delete lan@example.com\n  myna account delete lan@example.com --yes",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes && !c.canAsk() {
				return usage(cmd, "there is no terminal to ask whether %s shall go with all that belongs to it: give --yes", args[0])
			}
			return c.deleteAccount(cmd.Context(), args[0], yes)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "delete without a question")
	return cmd
}

func (c *cli) deleteAccount(ctx context.Context, address string, yes bool) error {
	r := admin.Identified{Address: address}
	if !yes {
		var h admin.Holdings
		if err := c.ask(ctx, "account.holdings", r, &h); err != nil {
			return err
		}
		c.showHoldings(h)
		if err := c.confirmed(); err != nil {
			return err
		}
	}
	var out admin.DeletedAccount
	if err := c.ask(ctx, "account.delete", r, &out); err != nil {
		return err
	}
	return c.print(out, func(w io.Writer) {
		fmt.Fprintf(w, "%s is deleted.\n", out.Address)
		if len(out.Aliases) > 0 {
			fmt.Fprintf(w, "Aliases that do not name it any more: %s\n", strings.Join(out.Aliases, ", "))
		}
	})
}

// sure asks whether what is lost may go, unless the answer was given beforehand. lost is shown before the question.
func (c *cli) sure(cmd *cobra.Command, yes bool, lost string) error {
	if yes {
		return nil
	}
	if !c.canAsk() {
		return usage(cmd, "there is no terminal to ask whether this shall go for good: give --yes")
	}
	fmt.Fprintf(c.err, "%s\nThere is no undo. Delete it? Type yes: ", lost)
	return c.confirmed()
}

// confirmed reads the answer to a question; anything but yes is errKept.
func (c *cli) confirmed() error {
	answer, err := c.line()
	if err != nil {
		return fmt.Errorf("read answer: %w", err)
	}
	if strings.ToLower(strings.TrimSpace(answer)) != "yes" {
		return errKept
	}
	return nil
}

// showHoldings asks, on standard error: standard output is for the result.
func (c *cli) showHoldings(h admin.Holdings) {
	fmt.Fprintf(c.err, "With this account goes what belongs to it:\n\n")
	facts(c.err, "Address", h.Address, "Name", h.Name, "Messages", fmt.Sprint(h.Messages),
		"Files", fmt.Sprintf("%d (%s)", h.Files, size(h.Bytes)), "Rooms", none(h.Rooms), "Aliases", none(h.Aliases))
	fmt.Fprintf(c.err, "\nThere is no undo. To keep somebody out for now: %s account disable %s\nDelete it? Type yes: ", c.self(), h.Address)
}

// none is a list in words.
func none(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}

// size is a number of bytes for people.
func size(n int64) string {
	unit, units := float64(n), []string{"bytes", "kB", "MB", "GB", "TB"}
	i := 0
	for ; unit >= 1000 && i < len(units)-1; i++ {
		unit /= 1000
	}
	if i == 0 {
		return count(int(n), "byte", "bytes")
	}
	return fmt.Sprintf("%.1f %s", unit, units[i])
}

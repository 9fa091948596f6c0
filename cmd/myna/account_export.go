package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

func (c *cli) accountExport() *cobra.Command {
	return &cobra.Command{
		Use:   "export ADDRESS [FILE]",
		Short: "Write all that is kept of an account to a file (XEP-0227)",
		Long: `Write all that is kept of an account: contacts, card, avatar, bookmarks and other nodes, private storage,
whom it blocks, and its messages. Other servers read the format, XEP-0227. Without FILE it goes to standard
output. The file is new, and only you can read it. Credentials and uploaded files are not in it.`,
		Example: "  myna account export lan@example.com lan.xml",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 || args[1] == "-" {
				return c.export(cmd.Context(), args[0], c.out)
			}
			return c.exportFile(cmd.Context(), args[0], filepath.Clean(args[1]))
		},
	}
}

// exportFile leaves no file behind that is not whole.
func (c *cli) exportFile(ctx context.Context, address, file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	if err := c.export(ctx, address, f); err != nil {
		return errors.Join(err, f.Close(), os.Remove(file))
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write export: %w", errors.Join(err, os.Remove(file)))
	}
	return c.print(struct {
		File string `json:"file"`
	}{file}, func(w io.Writer) { fmt.Fprintf(w, "%s is in %s.\n", address, file) })
}

func (c *cli) export(ctx context.Context, address string, w io.Writer) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	caller, end, err := c.connect(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(caller.Export(ctx, address, w), end())
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) accountExport() *cobra.Command {
	r := admin.ExportAccount{}
	cmd := &cobra.Command{
		Use:   "export ADDRESS [FILE]",
		Short: "Write all that is kept of an account to a file (XEP-0227)",
		Long: `Write all that is kept of an account: contacts, card, avatar, bookmarks and other nodes, private storage,
whom it blocks, its messages, and the addresses of the files that it has uploaded, with --files also their bytes.
Other servers read the format, XEP-0227. Without FILE it goes to standard output. The file is new, and only you can
read it. Credentials are not in it.`,
		Example: "  myna account export lan@example.com lan.xml",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Address = args[0]
			if len(args) == 1 || args[1] == "-" {
				return c.export(cmd.Context(), r, c.out)
			}
			return c.exportFile(cmd.Context(), r, filepath.Clean(args[1]))
		},
	}
	cmd.Flags().BoolVar(&r.Files, "files", false, "with the bytes of uploaded files")
	return cmd
}

// exportFile leaves no file behind that is not whole.
func (c *cli) exportFile(ctx context.Context, r admin.ExportAccount, file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write export: %w", err)
	}
	if err := c.export(ctx, r, f); err != nil {
		return errors.Join(err, f.Close(), os.Remove(file))
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write export: %w", errors.Join(err, os.Remove(file)))
	}
	return c.print(struct {
		File string `json:"file"`
	}{file}, func(w io.Writer) { fmt.Fprintf(w, "%s is in %s.\n", r.Address, file) })
}

func (c *cli) export(ctx context.Context, r admin.ExportAccount, w io.Writer) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	caller, end, err := c.connect(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(caller.Export(ctx, r, w), end())
}

package main

import (
	"cmp"
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
	var r admin.ExportData
	cmd := &cobra.Command{
		Use:   "export ADDRESS [FILE]",
		Short: "Write all that is kept of an account to a file (XEP-0227)",
		Long: `Write all that is kept of an account: contacts, card, avatar, bookmarks and other nodes, private storage,
whom it blocks, its messages, and the addresses of the files that it has uploaded, with --files also their bytes.
Other servers read the format, XEP-0227, and so does myna import. Without FILE it goes to standard output. The file
is new, and only you can read it. Credentials are in it with --credentials only: whoever has them can attack the
password.`,
		Example: "  myna account export lan@example.com lan.xml",
		Args:    cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Address = args[0]
			return c.exportTo(cmd.Context(), r, args[1:])
		},
	}
	choices(cmd, &r)
	return cmd
}

func (c *cli) exportCommand() *cobra.Command {
	var r admin.ExportData
	cmd := &cobra.Command{
		Use:   "export [FILE]",
		Short: "Write all accounts with all that is kept of them to a file (XEP-0227)",
		Long: `Write all accounts of the server, or of a domain, with all that is kept of them, for another server: what
myna account export writes, one after another. Rooms and aliases are not in it.`,
		Example: "  myna export --domain example.com --credentials example.com.xml",
		Args:    cobra.MaximumNArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return c.exportTo(cmd.Context(), r, args) },
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only accounts of this `domain`")
	choices(cmd, &r)
	return cmd
}

func choices(cmd *cobra.Command, r *admin.ExportData) {
	cmd.Flags().BoolVar(&r.Credentials, "credentials", false, "also what passwords are compared with (SCRAM), so that they stay the same")
	cmd.Flags().BoolVar(&r.Files, "files", false, "with the bytes of uploaded files")
}

// exportTo writes to the file that is named, or to standard output.
func (c *cli) exportTo(ctx context.Context, r admin.ExportData, args []string) error {
	if len(args) == 0 || args[0] == "-" {
		return c.export(ctx, r, c.out)
	}
	return c.exportFile(ctx, r, filepath.Clean(args[0]))
}

// exportFile leaves no file behind that is not whole.
func (c *cli) exportFile(ctx context.Context, r admin.ExportData, file string) error {
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
	}{file}, func(w io.Writer) {
		fmt.Fprintf(w, "%s is in %s.\n", cmp.Or(r.Address, r.Domain, "Everything"), file)
	})
}

func (c *cli) export(ctx context.Context, r admin.ExportData, w io.Writer) error {
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

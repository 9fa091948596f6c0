package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"myna/admin"
)

// maxImport bounds a file to be imported.
const maxImport = 48 << 20

func (c *cli) accountImport() *cobra.Command {
	var r admin.ImportAccounts
	var passwords string
	cmd := &cobra.Command{
		Use:   "import FILE.csv",
		Short: "Create many accounts from a CSV file",
		Long: `Create many accounts from a CSV file (- is standard input): address,name,department,password.
A heading may name the columns in another order; only address is needed. Commas, semicolons or
tabs separate; UTF-8, with or without byte order mark.

All accounts are created, or none: one line that is refused refuses the file, and the report says
which lines and why. With --partial the lines that are right are created.

A line without a password is refused, unless --generate-passwords FILE: then passwords are made and
written to that new file, which only you can read.`,
		Example: `  myna account import people.csv
  myna account import people.csv --generate-passwords passwords.csv
  myna account import people.csv --skip-existing --partial`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := c.readImport(args[0])
			if err != nil {
				return err
			}
			r.CSV = string(data)
			if r.Generate = passwords != ""; r.Generate {
				return c.importGenerating(cmd, r, passwords)
			}
			_, err = c.importAccounts(cmd, r)
			return err
		},
	}
	cmd.Flags().BoolVar(&r.Partial, "partial", false, "create what is right of a file with mistakes")
	cmd.Flags().BoolVar(&r.SkipExisting, "skip-existing", false, "pass over accounts that exist already")
	cmd.Flags().StringVar(&passwords, "generate-passwords", "", "make passwords where there are none, and write them to this new `file`")
	return cmd
}

func (c *cli) readImport(name string) ([]byte, error) {
	in := c.in
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, fmt.Errorf("read import: %w", err)
		}
		defer f.Close()
		in = f
	}
	data, err := io.ReadAll(io.LimitReader(in, maxImport+1))
	if err != nil {
		return nil, fmt.Errorf("read import: %w", err)
	}
	if len(data) > maxImport {
		return nil, fmt.Errorf("read import: the file is larger than %d MiB; split it", maxImport>>20)
	}
	return data, nil
}

// importGenerating keeps the passwords: the file is there, and on the disk, before the first account is.
func (c *cli) importGenerating(cmd *cobra.Command, r admin.ImportAccounts, file string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("write passwords: %w", err)
	}
	out, err := c.importAccounts(cmd, r)
	if len(out.Passwords) == 0 {
		return errors.Join(err, f.Close(), os.Remove(file))
	}
	b, encodeErr := admin.PasswordsCSV(out.Passwords)
	_, writeErr := f.Write(b)
	if bad := errors.Join(encodeErr, writeErr, f.Sync(), f.Close()); bad != nil {
		return errors.Join(err, fmt.Errorf("the accounts are created, but their passwords could not be written (set new ones with myna account password): %w", bad))
	}
	if !c.json {
		fmt.Fprintf(c.out, "Passwords of %s are in %s.\n", count(len(out.Passwords), "account", "accounts"), filepath.Clean(file))
	}
	return err
}

func (c *cli) importAccounts(cmd *cobra.Command, r admin.ImportAccounts) (admin.Imported, error) {
	var out admin.Imported
	show := c.progress()
	err := c.askWith(cmd.Context(), "account.import", r, &out, show.tell)
	show.end()
	if err != nil {
		return out, err
	}
	report := out
	report.Passwords = nil // only in their file
	if err := c.print(report, func(w io.Writer) { reportImport(w, out) }); err != nil {
		return out, err
	}
	switch {
	case len(out.Refused) == 0:
		return out, nil
	case out.Created == 0 && !r.Partial:
		return out, fmt.Errorf("nothing was imported: %s refused; correct the file, or use --partial", count(len(out.Refused), "line is", "lines are"))
	}
	return out, fmt.Errorf("%s refused", count(len(out.Refused), "line was", "lines were"))
}

func reportImport(w io.Writer, out admin.Imported) {
	fmt.Fprintf(w, "%s in the file: %d created, %d skipped, %d refused.\n",
		count(out.Lines, "account", "accounts"), out.Created, out.Skipped, len(out.Refused))
	printNotes(w, out.Notes...)
	if len(out.Refused) == 0 {
		return
	}
	rows := make([][]string, len(out.Refused))
	for i, r := range out.Refused {
		rows[i] = []string{fmt.Sprint(r.Line), r.Address, r.Reason}
	}
	fmt.Fprintln(w)
	table(w, "", []string{"LINE", "ADDRESS", "REFUSED BECAUSE"}, rows)
}

// progress shows how far an operation is: a bar on a terminal, else a line at each quarter, on standard error.
type progress struct {
	w       io.Writer
	bar     *progressbar.ProgressBar // nil without a terminal
	quiet   bool
	stage   string
	quarter int
}

func (c *cli) progress() *progress { return &progress{w: c.err, quiet: c.json && !terminal(c.err)} }

func (p *progress) tell(at admin.Progress) {
	if p.quiet || at.Total == 0 {
		return
	}
	if at.Stage != p.stage {
		p.end()
		p.stage, p.quarter = at.Stage, 0
		if terminal(p.w) {
			p.bar = progressbar.NewOptions(at.Total, progressbar.OptionSetWriter(p.w), progressbar.OptionSetDescription(at.Stage),
				progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
		}
	}
	if p.bar != nil {
		_ = p.bar.Set(at.Done) // a bar that cannot be drawn stops nothing
		return
	}
	if q := 4 * at.Done / at.Total; q > p.quarter {
		p.quarter = q
		fmt.Fprintf(p.w, "%s: %d of %d\n", at.Stage, at.Done, at.Total)
	}
}

// end finishes the bar's line.
func (p *progress) end() {
	if p.bar != nil {
		_ = p.bar.Finish()
		fmt.Fprintln(p.w)
		p.bar = nil
	}
}

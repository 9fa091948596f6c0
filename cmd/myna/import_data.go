package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/xmpp/pie"
)

func (c *cli) importCommand() *cobra.Command {
	var r admin.ImportData
	cmd := &cobra.Command{
		Use:   "import FILE.xml...",
		Short: "Take over accounts with all that they have from another server (XEP-0227)",
		Long: `Take over accounts with all that they have from another server: passwords, contacts, cards, bookmarks and other
nodes, private storage, whom they block, messages. The files are those of XEP-0227, as Prosody, ejabberd and myna
export write them; files that one includes are read from its directory and below (- is standard input).

Nothing that is here is overwritten. Accounts that exist are passed over, unless --merge: then what they do not have
is added. So an import that was interrupted is begun again with --merge. --dry-run only tells what would happen.`,
		Example: `  myna import server.xml --dry-run
  myna import server.xml
  myna import data/*.xml --merge`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return c.importData(cmd.Context(), r, args) },
	}
	cmd.Flags().BoolVar(&r.Merge, "merge", false, "add to accounts that exist what they do not have")
	cmd.Flags().BoolVar(&r.DryRun, "dry-run", false, "write nothing, and tell what would happen")
	return cmd
}

// dataFile is what became of a file.
type dataFile struct {
	File string `json:"file"`
	admin.ImportedData
}

// importData reads the files first, as the user who has called: the database may belong to another.
func (c *cli) importData(ctx context.Context, r admin.ImportData, files []string) (err error) {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	whole := make([]*os.File, len(files))
	for i, file := range files {
		if whole[i], err = c.flatten(file); err != nil {
			return fmt.Errorf("nothing was imported: %w", err)
		}
		defer whole[i].Close()
	}
	caller, end, err := c.connect(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	done, refused := make([]dataFile, len(files)), 0
	for i, file := range files {
		show := c.progress()
		out, err := caller.Import(ctx, r, whole[i], show.tell)
		show.end()
		if err != nil {
			return fmt.Errorf("import %s: %w", file, err)
		}
		done[i] = dataFile{file, out}
		refused += out.Refused
	}
	err = c.print(done, func(w io.Writer) {
		for _, d := range done {
			reportData(w, d)
		}
	})
	if err == nil && refused > 0 {
		err = fmt.Errorf("%s refused", count(refused, "account was", "accounts were"))
	}
	return err
}

// flatten puts a file with all that it includes into one that has no name and is gone when it is closed. Nothing outside of
// the directory of the file is read.
func (c *cli) flatten(file string) (*os.File, error) {
	open, name, end, err := c.source(file)
	if err != nil {
		return nil, err
	}
	f, err := os.CreateTemp("", "myna-import-*")
	if err != nil {
		return nil, errors.Join(err, end())
	}
	err = errors.Join(os.Remove(f.Name()), pie.Flatten(open, name, f), end())
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// source opens the directory of a file, or standard input, which includes nothing.
func (c *cli) source(file string) (open func(string) (io.ReadCloser, error), name string, end func() error, err error) {
	if file == "-" {
		return func(name string) (io.ReadCloser, error) {
			if name != "-" {
				return nil, errors.New("standard input includes no files")
			}
			return io.NopCloser(c.in), nil
		}, "-", func() error { return nil }, nil
	}
	root, err := os.OpenRoot(filepath.Dir(file))
	if err != nil {
		return nil, "", nil, err
	}
	return func(name string) (io.ReadCloser, error) { return root.Open(filepath.FromSlash(name)) }, filepath.Base(file), root.Close, nil
}

func reportData(w io.Writer, d dataFile) {
	verb := "created"
	if d.DryRun {
		verb = "to be created"
	}
	fmt.Fprintf(w, "%s: %s, %d %s, %d merged, %d exist and were skipped, %d refused.\n", d.File, count(d.Accounts, "account", "accounts"),
		d.Created, verb, d.Merged, d.Skipped, d.Refused)
	if len(d.Contents) > 0 {
		rows := make([][]string, len(d.Contents))
		for i, t := range d.Contents {
			rows[i] = []string{t.Kind, fmt.Sprint(t.Added), fmt.Sprint(t.Kept), fmt.Sprint(t.Refused)}
		}
		fmt.Fprintln(w)
		table(w, "", []string{"WHAT", "ADDED", "THERE ALREADY", "REFUSED"}, rows)
	}
	if n := len(d.Locked); n > 0 {
		fmt.Fprintf(w, "\nNobody can sign in to %s: the file has no password. Set one with myna account password ADDRESS.\n", count(n, "account", "accounts"))
		for _, j := range d.Locked[:min(n, 20)] {
			fmt.Fprintln(w, "  "+j)
		}
	}
	if len(d.Misfits) > 0 {
		rows := make([][]string, len(d.Misfits))
		for i, m := range d.Misfits {
			rows[i] = []string{m.Place, m.Address, m.Reason}
		}
		fmt.Fprintln(w)
		table(w, "", []string{"WHERE", "ADDRESS", "REFUSED BECAUSE"}, rows)
		if d.More > 0 {
			fmt.Fprintf(w, "and %d more.\n", d.More)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(d.Unknown)) {
		fmt.Fprintf(w, "Nothing is known of %s (%s); it was left out.\n", name, count(d.Unknown[name], "time", "times"))
	}
	printNotes(w, d.Notes...)
}

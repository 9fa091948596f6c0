package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"myna/config"
)

func (c *cli) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Check, show and explain the configuration",
		Example: "  myna config check\n  myna config doc | less"}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "check",
			Short:   "Check the configuration file",
			Long:    "Check the configuration file: unknown keys, wrong values and names that do not fit are told\nwith file and line, all at once, and then certificates that cannot be used.",
			Example: "  myna config check\n  myna --config ./myna.toml config check",
			RunE: func(*cobra.Command, []string) error {
				cfg, err := c.load()
				if err == nil {
					err = c.backend.files(cfg)
				}
				if err != nil {
					return err
				}
				unserved := c.backend.unserved(cfg)
				return c.print(map[string]any{"file": cfg.File(), "ok": true, "unserved": unserved}, func(w io.Writer) {
					fmt.Fprintf(w, "%s is right.\n", cfg.File())
					for _, key := range unserved {
						fmt.Fprintf(w, "Note: this version does not serve listen.%s; nobody listens there.\n", key)
					}
				})
			},
		},
		&cobra.Command{
			Use:     "show",
			Short:   "Print the effective configuration",
			Long:    "Print the effective configuration: what the file says over the defaults. Secrets are in files of\ntheir own and are not printed.",
			Example: "  myna config show\n  myna config show --json",
			RunE: func(*cobra.Command, []string) error {
				cfg, err := c.load()
				if err != nil {
					return err
				}
				if c.json {
					tree, err := cfg.Tree(c.backend.modules()...)
					if err != nil {
						return err
					}
					return c.print(tree, nil)
				}
				return cfg.Show(c.out, c.backend.modules()...)
			},
		},
		c.configDoc(),
	)
	return cmd
}

//go:generate sh -c "go run . config doc --markdown > ../../docs/config.md.new && mv ../../docs/config.md.new ../../docs/config.md"

func (c *cli) configDoc() *cobra.Command {
	var markdown bool
	cmd := &cobra.Command{
		Use:     "doc",
		Short:   "Print all options with their defaults and what they are for",
		Example: "  myna config doc | less\n  myna config doc > myna.toml",
		RunE: func(*cobra.Command, []string) error {
			if c.json {
				tree, err := config.Default().Tree(c.backend.modules()...)
				if err != nil {
					return err
				}
				return c.print(tree, nil)
			}
			if !markdown {
				return config.Doc(c.out, c.backend.modules()...)
			}
			if _, err := io.WriteString(c.out, docHead); err != nil {
				return err
			}
			if err := config.Doc(c.out, c.backend.modules()...); err != nil {
				return err
			}
			_, err := io.WriteString(c.out, "```\n")
			return err
		},
	}
	cmd.Flags().BoolVar(&markdown, "markdown", false, "as a page of the manual")
	return cmd
}

const docHead = `# Configuration

Myna reads one TOML file: the one that ` + "`--config` or `MYNA_CONFIG` names, else `" + defaultConfig + "`" + `.
` + "`myna config check`" + ` tells what is wrong with it, with lines; ` + "`myna config show`" + ` prints what is in effect;
` + "`myna reload`" + ` has a running server read it anew, and changes nothing where something is wrong.

This page is printed by the program (` + "`make generate`" + `): every option with its default.

` + "```toml\n"

package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"myna/config"
)

func (c *cli) configCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Check, show and explain the configuration"}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "check",
			Short:   "Check the configuration file",
			Long:    "Check the configuration file: unknown keys, wrong values and names that do not fit are told\nwith file and line, all at once.",
			Example: "  myna config check\n  myna --config ./myna.toml config check",
			RunE: func(*cobra.Command, []string) error {
				cfg, err := c.load()
				if err != nil {
					return err
				}
				return c.print(map[string]any{"file": cfg.File(), "ok": true}, func(w io.Writer) {
					fmt.Fprintf(w, "%s is right.\n", cfg.File())
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
		&cobra.Command{
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
				return config.Doc(c.out, c.backend.modules()...)
			},
		},
	)
	return cmd
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/config"
	"myna/web"
)

// defaultConfig is the configuration that is used where none is named.
const defaultConfig = "/etc/myna/myna.toml"

// Exit statuses.
const (
	done   = 0
	failed = 1
	misuse = 2
)

// backend is what the command line needs of package server.
type backend struct {
	// start runs a server until its Shutdown.
	start func(ctx context.Context, cfg *config.Config, log *slog.Logger) (running, error)
	// open opens the database without a server; the function closes it.
	open func(ctx context.Context, cfg *config.Config, log *slog.Logger) (*admin.Admin, func() error, error)
	// modules lists all modules with their default options.
	modules func() []config.ModuleOptions
	// certify makes a self-signed certificate where there is none.
	certify func(*config.Config) error
	// serves tells whether this version serves what a key of [listen] is for; unserved lists the keys by which a
	// configuration asks for what it does not serve.
	serves   func(key string) bool
	unserved func(*config.Config) []string
	// files reads the files that a configuration names, and tells what is wrong with them.
	files   func(*config.Config) error
	version string
}

// running is a started server.
type running interface {
	// Reload uses another configuration and returns what has changed, in words.
	Reload(context.Context, *config.Config, admin.Actor) ([]string, error)
	// FollowLevel has the level of a logger follow log.level.
	FollowLevel(*slog.LevelVar)
	// Pages lists the pages for people that are served.
	Pages() []web.Page
	// Ended tells when an administrator wants the server to stop, or, with true, to start anew.
	Ended() <-chan bool
	Shutdown(context.Context) error
}

// cli is one run of the program; nothing of it is global, so that tests run it in-process.
type cli struct {
	in       io.Reader
	out, err io.Writer
	env      func(string) string
	backend  backend
	name     string      // how the program was called, for commands that are shown
	asked    func() bool // whether somebody can be asked; nil: when in is a terminal

	file  string   // --config
	json  bool     // --json
	verbs []string // the names of all commands
}

// usageError is a command that was written wrongly; its command's usage is shown.
type usageError struct {
	cmd *cobra.Command
	err error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usage(cmd *cobra.Command, format string, args ...any) error {
	return &usageError{cmd, fmt.Errorf(format, args...)}
}

// run executes a command and returns its exit status.
func (c *cli) run(ctx context.Context, args []string) int {
	root := c.root()
	root.SetArgs(args)
	root.SetIn(c.in)
	root.SetOut(c.out)
	root.SetErr(c.err)
	err := root.ExecuteContext(ctx)
	var wrong *usageError
	switch {
	case err == nil:
		return done
	case errors.As(err, &wrong):
		fmt.Fprintf(c.err, "myna: %v\n\n%s", err, strings.TrimLeft(wrong.cmd.UsageString(), "\n"))
		return misuse
	}
	fmt.Fprintf(c.err, "myna: %s\n", c.commands(err.Error()))
	return failed
}

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "myna",
		Short: "A chat server for organisations that have e-mail domains",
		Long: `Myna is a chat server for organisations that have e-mail domains: it speaks XMPP,
brings its own web chat, and makes groups of the mail aliases.

Start with:  myna dev                      a demo on this machine, nothing to set up
or with:     myna init example.com --admin lan
             myna serve`,
		Version:       c.backend.version,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetVersionTemplate("myna {{.Version}}\n")
	// Groups of commands do nothing by themselves: their usage is that of their commands.
	root.SetUsageTemplate(strings.Replace(root.UsageTemplate(), "{{if .Runnable}}", "{{if not .HasAvailableSubCommands}}", 1))
	root.SetHelpCommand(helpCommand())
	root.CompletionOptions.HiddenDefaultCmd = true
	root.PersistentFlags().StringVar(&c.file, "config", "", "configuration `file` (default: MYNA_CONFIG, else "+defaultConfig+")")
	root.PersistentFlags().BoolVar(&c.json, "json", false, "print JSON, for machines")
	root.SetFlagErrorFunc(wrongFlag)
	root.AddCommand(
		c.initCommand(), c.serveCommand(), c.devCommand(), c.reloadCommand(), c.versionCommand(), c.statusCommand(),
		c.configCommand(), c.accountCommand(), c.importCommand(), c.exportCommand(), c.aliasCommand(), c.groupCommand(), c.roomCommand(), c.auditCommand(), c.reportCommand(), c.keyCommand(),
		c.inviteCommand(), c.domainCommand(), c.policyCommand(),
		c.doctorCommand(),
	)
	strict(root)
	c.verbs = nil
	for _, cmd := range root.Commands() {
		c.verbs = append(c.verbs, cmd.Name())
	}
	return root
}

// strict makes every command tell wrong usage: groups that are called without or with an unknown subcommand, and
// arguments that do not fit.
func strict(cmd *cobra.Command) {
	for _, sub := range cmd.Commands() {
		strict(sub)
	}
	if cmd.HasSubCommands() {
		cmd.Args = cobra.ArbitraryArgs
		cmd.RunE = func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usage(cmd, "which command? See below")
			}
			return unknownCommand(cmd, args[0])
		}
		cmd.DisableFlagsInUseLine = true
		return
	}
	check := cmd.Args
	if check == nil {
		check = cobra.NoArgs
	}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if check(cmd, args) == nil {
			return nil
		}
		if _, takes, ok := strings.Cut(cmd.Use, " "); ok {
			return usage(cmd, "%s takes %s", cmd.CommandPath(), takes)
		}
		return usage(cmd, "%s takes no arguments, only flags", cmd.CommandPath())
	}
}

// configFile is the name of the configuration file.
func (c *cli) configFile() string {
	if c.file != "" {
		return c.file
	}
	if file := c.env("MYNA_CONFIG"); file != "" {
		return file
	}
	return defaultConfig
}

// load reads and checks the configuration, with the sections of modules.
func (c *cli) load() (*config.Config, error) {
	cfg, err := config.Load(c.configFile())
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no configuration %s; name it with --config or MYNA_CONFIG, or make one with myna init DOMAIN --admin NAME",
			c.configFile())
	}
	if err != nil {
		return nil, err
	}
	return cfg, cfg.CheckModules(c.moduleDefaults())
}

func (c *cli) moduleDefaults() map[string]any {
	defaults := map[string]any{}
	for _, m := range c.backend.modules() {
		defaults[m.Name] = m.Defaults
	}
	return defaults
}

// ask carries out one operation, in the running server or on the database.
func (c *cli) ask(ctx context.Context, operation string, request, response any) error {
	return c.askWith(ctx, operation, request, response, nil)
}

func (c *cli) askWith(ctx context.Context, operation string, request, response any, progress func(admin.Progress)) error {
	cfg, err := c.load()
	if err != nil {
		return err
	}
	caller, end, err := c.connect(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(caller.Call(ctx, operation, request, response, progress), end())
}

// connect finds the running server, or opens the database where none runs. The function lets go of either.
func (c *cli) connect(ctx context.Context, cfg *config.Config) (admin.Caller, func() error, error) {
	if err := becomeOwner(cfg); err != nil {
		return nil, nil, err
	}
	return c.connectAs(ctx, cfg)
}

// connectAs is connect as the user that the process is.
func (c *cli) connectAs(ctx context.Context, cfg *config.Config) (admin.Caller, func() error, error) {
	client, release, err := claim(ctx, cfg)
	if err != nil {
		return nil, nil, err
	}
	if client != nil {
		return client, client.Close, nil
	}
	// Only what goes wrong is logged.
	log := slog.New(slog.NewTextHandler(c.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	a, end, err := c.backend.open(ctx, cfg, log)
	if err != nil {
		return nil, nil, errors.Join(err, release())
	}
	return admin.Local{Admin: a, Actor: admin.CommandLine()}, func() error { return errors.Join(end(), release()) }, nil
}

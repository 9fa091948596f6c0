package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/storage"
)

func (c *cli) accountCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "account", Aliases: []string{"accounts"}, Short: "Create, change and delete accounts",
		Example: "  myna account create lan@example.com --name \"Nguyễn Thị Lan\"\n  myna account list"}
	cmd.AddCommand(
		c.accountCreate(), c.accountList(), c.accountShow(), c.accountSet(), c.accountPassword(), c.accountResetLink(), c.accountImport(),
		c.accountSwitch("disable", "Keep an account from signing in; its sessions end, what it wrote stays", "disabled"),
		c.accountSwitch("enable", "Let a disabled account sign in again", "enabled"),
		c.accountDelete(), c.accountExport(), c.accountSessions(), c.accountKick(), c.accountClients(), c.accountEndClient(), c.appPasswordCommand(),
	)
	return cmd
}

func (c *cli) accountCreate() *cobra.Command {
	var r admin.CreateAccount
	var pw passwordFlags
	var role string
	cmd := &cobra.Command{
		Use:   "create ADDRESS",
		Short: "Create an account",
		Long:  "Create an account. Without a flag about the password, it is asked for at the terminal.",
		Example: `  myna account create lan@example.com --name "Nguyễn Thị Lan" --department Sales
  myna account create minh@example.com --generate-password
  myna account create chi@example.com --admin domain --password-stdin < secret`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			r.Address, r.Role, r.Generate = args[0], storage.Role(role), pw.generate
			if r.Password, err = pw.read(c, cmd, r.Address); err != nil {
				return err
			}
			var out admin.CreatedAccount
			if err := c.ask(cmd.Context(), "account.create", r, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) {
				fmt.Fprintf(w, "%s is created.\n", out.Address)
				printPassword(w, out.Password)
				printNotes(w, out.Note)
			})
		},
	}
	cmd.Flags().StringVar(&r.Name, "name", "", "display `name`")
	cmd.Flags().StringVar(&r.Department, "department", "", "`department`; a group in everybody's contact list")
	cmd.Flags().StringVar(&r.Lang, "lang", "", "`language`, such as vi or en")
	cmd.Flags().StringVar(&role, "admin", "", "what it administers: `domain` or server")
	cmd.Flags().BoolVar(&r.ChatOff, "no-chat", false, "mail only: not in groups and contact lists")
	pw.add(cmd)
	return cmd
}

func printPassword(w io.Writer, password string) {
	if password != "" {
		fmt.Fprintf(w, "Password: %s\nIt is not shown again.\n", password)
	}
}

// printNotes prints what administrators should know, a line each.
func printNotes(w io.Writer, notes ...string) {
	for _, n := range notes {
		if n != "" {
			fmt.Fprintf(w, "Note: %s\n", n)
		}
	}
}

func (c *cli) accountList() *cobra.Command {
	var r admin.ListAccounts
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List accounts",
		Example: "  myna account list\n  myna account list --domain example.com --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []admin.Account
			if err := c.ask(cmd.Context(), "account.list", r, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, a := range list {
					rows[i] = []string{a.Address, a.Name, a.Department, accountState(a)}
				}
				table(w, "No accounts.", []string{"ADDRESS", "NAME", "DEPARTMENT", "STATE"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only this `domain`")
	return cmd
}

func accountState(a admin.Account) string {
	role := ""
	if a.Role != "" {
		role = string(a.Role) + " admin"
	}
	online := ""
	if a.Online > 0 {
		online = "online (" + strconv.Itoa(a.Online) + ")"
	}
	return words(online, mark(a.Disabled, "disabled"), mark(a.ChatOff, "mail only"), role)
}

func (c *cli) accountShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show ADDRESS",
		Short:   "Tell all about an account",
		Example: "  myna account show lan@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var d admin.AccountDetail
			if err := c.ask(cmd.Context(), "account.show", admin.Identified{Address: args[0]}, &d); err != nil {
				return err
			}
			return c.print(d, func(w io.Writer) {
				facts(w, "Address", d.Address, "Name", d.Name, "Department", d.Department, "Language", d.Lang,
					"State", accountState(d.Account), "Created", when(d.Created), "Last seen", when(d.LastSeen),
					"Mails of groups", strings.TrimPrefix(d.Digest, "default"), "Aliases", strings.Join(d.Aliases, ", "), "Rooms", strings.Join(d.Rooms, ", "))
				if len(d.Sessions) > 0 {
					fmt.Fprintln(w)
					sessions(w, d.Sessions)
				}
			})
		},
	}
}

func (c *cli) accountSet() *cobra.Command {
	var name, department, lang, role, chat, mails string
	cmd := &cobra.Command{
		Use:     "set ADDRESS",
		Short:   "Change what is kept about an account",
		Example: "  myna account set lan@example.com --department Support\n  myna account set minh@example.com --admin none --chat off",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := admin.SetAccount{Address: args[0]}
			given := false
			for flag, to := range map[string]struct {
				value *string
				field **string
			}{"name": {&name, &r.Name}, "department": {&department, &r.Department}, "lang": {&lang, &r.Lang}, "digest": {&mails, &r.Digest}} {
				if cmd.Flags().Changed(flag) {
					*to.field, given = to.value, true
				}
			}
			if cmd.Flags().Changed("admin") {
				value := storage.Role(strings.TrimPrefix(role, "none"))
				r.Role, given = &value, true
			}
			if cmd.Flags().Changed("chat") {
				if chat != "on" && chat != "off" {
					return usage(cmd, "--chat is on or off, not %q", chat)
				}
				off := chat == "off"
				r.ChatOff, given = &off, true
			}
			if !given {
				return usage(cmd, "what shall be changed? Give at least one flag")
			}
			return c.changeAccount(cmd.Context(), "account.set", r, "changed")
		},
	}
	cmd.Flags().StringVar(&name, "name", "", "display `name`")
	cmd.Flags().StringVar(&department, "department", "", "`department`")
	cmd.Flags().StringVar(&lang, "lang", "", "`language`")
	cmd.Flags().StringVar(&role, "admin", "", "what it administers: `domain`, server or none")
	cmd.Flags().StringVar(&chat, "chat", "", "`on`, or off for mail only")
	cmd.Flags().StringVar(&mails, "digest", "", "mails about what was missed in groups: `default`, off, 15m, 1h or daily")
	return cmd
}

// changeAccount carries out an operation that answers with the account.
func (c *cli) changeAccount(ctx context.Context, operation string, request any, verb string) error {
	var a admin.Account
	if err := c.ask(ctx, operation, request, &a); err != nil {
		return err
	}
	return c.print(a, func(w io.Writer) { fmt.Fprintf(w, "%s is %s.\n", a.Address, verb) })
}

func (c *cli) accountSwitch(name, short, verb string) *cobra.Command {
	return &cobra.Command{
		Use:     name + " ADDRESS",
		Short:   short,
		Example: "  myna account " + name + " lan@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeAccount(cmd.Context(), "account."+name, admin.Identified{Address: args[0]}, verb)
		},
	}
}

func (c *cli) accountPassword() *cobra.Command {
	var pw passwordFlags
	cmd := &cobra.Command{
		Use:     "password ADDRESS",
		Short:   "Set the password of an account; its sessions end",
		Example: "  myna account password lan@example.com\n  myna account password lan@example.com --generate-password",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			password, err := pw.read(c, cmd, args[0])
			if err != nil {
				return err
			}
			var out admin.PasswordSet
			r := admin.SetPassword{Address: args[0], Password: password, Generate: pw.generate}
			if err := c.ask(cmd.Context(), "account.password", r, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) {
				fmt.Fprintf(w, "The password of %s is set; %s ended.\n", out.Address, count(out.Ended, "session", "sessions"))
				printPassword(w, out.Password)
			})
		},
	}
	pw.add(cmd)
	return cmd
}

func (c *cli) accountSessions() *cobra.Command {
	return &cobra.Command{
		Use:     "sessions ADDRESS",
		Short:   "List the sessions of an account",
		Example: "  myna account sessions lan@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var list []admin.Session
			if err := c.ask(cmd.Context(), "account.sessions", admin.Identified{Address: args[0]}, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) { sessions(w, list) })
		},
	}
}

func sessions(w io.Writer, list []admin.Session) {
	rows := make([][]string, len(list))
	for i, s := range list {
		rows[i] = []string{s.Resource, s.Status, when(s.Since), s.Remote, words(s.Client, s.Transport)}
	}
	table(w, "Not signed in.", []string{"RESOURCE", "STATUS", "SINCE", "FROM", "BY"}, rows)
}

func (c *cli) accountKick() *cobra.Command {
	var r admin.Kick
	cmd := &cobra.Command{
		Use:     "kick ADDRESS",
		Short:   "End the sessions of an account; it may sign in again",
		Example: "  myna account kick lan@example.com\n  myna account kick lan@example.com --resource phone --reason \"lost phone\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Address = args[0]
			var out admin.Kicked
			if err := c.ask(cmd.Context(), "account.kick", r, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) { fmt.Fprintf(w, "%s ended.\n", count(out.Ended, "session", "sessions")) })
		},
	}
	cmd.Flags().StringVar(&r.Resource, "resource", "", "only the session with this `resource`")
	cmd.Flags().StringVar(&r.Reason, "reason", "", "a `text` for the user")
	return cmd
}

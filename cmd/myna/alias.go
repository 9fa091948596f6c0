package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
	"myna/xmpp/picture"
)

func (c *cli) aliasCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "alias", Aliases: []string{"aliases"}, Short: "Create and change aliases; with group chat they are groups",
		Example: "  myna alias create sales@example.com --target lan@example.com --group-chat\n  myna alias show sales@example.com"}
	cmd.AddCommand(c.aliasCreate(), c.aliasList(), c.aliasShow(), c.aliasSet(), c.aliasAdd(), c.aliasRemove(), c.aliasRename(),
		c.aliasDelete(), c.aliasRestore(), c.aliasPut(), c.aliasPreview())
	return cmd
}

// aliasFlags are the fields of an alias as flags.
func aliasFlags(cmd *cobra.Command, f *admin.AliasFields) {
	fs := cmd.Flags()
	fs.StringArrayVar(&f.Targets, "target", nil, "an `address` that belongs to it; can be repeated")
	fs.StringVar(&f.Name, "name", "", "display `name`; that of the group")
	fs.StringVar(&f.Description, "description", "", "what it is for, a `text`")
	fs.BoolVar(&f.GroupChat, "group-chat", false, "make it a group: a room that appears in every member's client")
	fs.BoolVar(&f.Everyone, "everyone", false, "all accounts of the domain belong to it")
	f.Announcement = new(bool)
	fs.BoolVar(f.Announcement, "announcement", false, "only leads and posters may write; so it is for everyone, unless you say =false")
	fs.BoolVar(&f.InternalOnly, "internal", false, "mail from inside only")
	fs.BoolVar(&f.Hidden, "hidden", false, "not shown in the address list")
	fs.StringArrayVar(&f.Leads, "lead", nil, "an `address` that moderates; can be repeated")
	fs.StringArrayVar(&f.Posters, "poster", nil, "an `address` that may write announcements; can be repeated")
	fs.StringVar(&f.Membership, "membership", "", "members may `hide` it (and stay members), leave it for good, or it is mandatory")
	fs.StringVar(&f.History, "history", "", "what newcomers can read: `all`, 30d or join")
	fs.IntVar(&f.RetentionDays, "retention-days", 0, "messages are removed after so many `days`; 0: as the domain says")
	fs.BoolVar(&f.FilesOff, "no-files", false, "no files")
	fs.BoolVar(&f.MentionAllOff, "no-mention-all", false, "nobody mentions all members at once (@all)")
	fs.Var(&pictureFlag{f}, "avatar", "the `file` of its picture, that of the group: PNG, JPEG, GIF or WebP; \"\" takes it away")
}

// pictureFlag reads the picture of an alias from a file.
type pictureFlag struct{ fields *admin.AliasFields }

// String is what is written as the default.
func (p *pictureFlag) String() string { return "" }

// Type names what the flag takes.
func (p *pictureFlag) Type() string { return "file" }

// Set reads the file.
func (p *pictureFlag) Set(name string) error {
	data := []byte{}
	if name != "" {
		f, err := os.Open(name)
		if err != nil {
			return err
		}
		defer f.Close()
		if data, err = io.ReadAll(io.LimitReader(f, picture.MaxBytes+1)); err != nil {
			return err
		}
	}
	p.fields.Avatar = &data
	return nil
}

func (c *cli) aliasCreate() *cobra.Command {
	var r admin.CreateAlias
	cmd := &cobra.Command{
		Use:   "create ADDRESS --target ADDRESS …",
		Short: "Create an alias",
		Example: `  myna alias create sales@example.com --target lan@example.com --target minh@example.com --group-chat
  myna alias create everyone@example.com --everyone --group-chat --announcement --lead lan@example.com`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.Address = args[0]; len(r.Targets) == 0 && !r.Everyone {
				return usage(cmd, "who belongs to %s? Give --target ADDRESS, or --everyone", r.Address)
			}
			if !cmd.Flags().Changed("announcement") {
				r.Announcement = nil
			}
			return c.changeAlias(cmd.Context(), "alias.create", r, "created")
		},
	}
	aliasFlags(cmd, &r.AliasFields)
	return cmd
}

// changeAlias carries out an operation that answers with the alias.
func (c *cli) changeAlias(ctx context.Context, operation string, request any, verb string) error {
	var a admin.Alias
	if err := c.ask(ctx, operation, request, &a); err != nil {
		return err
	}
	return c.print(a, func(w io.Writer) {
		fmt.Fprintf(w, "%s is %s.\n", a.Address, verb)
		if a.GroupChat {
			fmt.Fprintf(w, "It is a group; see it with: %s group show %s\n", c.self(), a.Address)
		}
	})
}

func (c *cli) aliasSet() *cobra.Command {
	var f admin.AliasFields
	cmd := &cobra.Command{
		Use:   "set ADDRESS",
		Short: "Change an alias; what is not given stays",
		Example: `  myna alias set sales@example.com --group-chat
  myna alias set sales@example.com --group-chat=false
  myna alias set sales@example.com --name "Sales and support" --lead lan@example.com
  myna alias set sales@example.com --avatar sales.png`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := admin.SetAlias{Address: args[0]}
			n := 0
			for flag, set := range map[string]func(){
				"target": func() { r.Targets = &f.Targets }, "name": func() { r.Name = &f.Name },
				"description": func() { r.Description = &f.Description }, "group-chat": func() { r.GroupChat = &f.GroupChat },
				"everyone": func() { r.Everyone = &f.Everyone }, "announcement": func() { r.Announcement = f.Announcement },
				"internal": func() { r.InternalOnly = &f.InternalOnly }, "hidden": func() { r.Hidden = &f.Hidden },
				"lead": func() { r.Leads = &f.Leads }, "poster": func() { r.Posters = &f.Posters },
				"membership": func() { r.Membership = &f.Membership }, "history": func() { r.History = &f.History },
				"retention-days": func() { r.RetentionDays = &f.RetentionDays }, "no-files": func() { r.FilesOff = &f.FilesOff },
				"no-mention-all": func() { r.MentionAllOff = &f.MentionAllOff },
				"avatar":         func() { r.Avatar = f.Avatar },
			} {
				if cmd.Flags().Changed(flag) {
					set()
					n++
				}
			}
			if n == 0 {
				return usage(cmd, "what shall be changed? Give at least one flag")
			}
			return c.changeAlias(cmd.Context(), "alias.set", r, "changed")
		},
	}
	aliasFlags(cmd, &f)
	return cmd
}

func (c *cli) aliasList() *cobra.Command {
	var r admin.ListAliases
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List aliases",
		Example: "  myna alias list\n  myna alias list --deleted",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []admin.Alias
			if err := c.ask(cmd.Context(), "alias.list", r, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, a := range list {
					targets := strconv.Itoa(len(a.Targets))
					if a.Everyone {
						targets = "everyone"
					}
					rows[i] = []string{a.Address, a.Name, targets, aliasState(a)}
				}
				table(w, "No aliases.", []string{"ADDRESS", "NAME", "TARGETS", "STATE"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only this `domain`")
	cmd.Flags().BoolVar(&r.Deleted, "deleted", false, "the deleted ones, which can be restored")
	return cmd
}

func aliasState(a admin.Alias) string {
	deleted := ""
	if !a.Deleted.IsZero() {
		deleted = "deleted " + when(a.Deleted)
	}
	return words(deleted, mark(a.GroupChat, "group chat"), mark(a.Announcement != nil && *a.Announcement, "announcement"), mark(a.InternalOnly, "internal"), mark(a.Hidden, "hidden"))
}

func (c *cli) aliasShow() *cobra.Command {
	return &cobra.Command{
		Use:     "show ADDRESS",
		Short:   "Tell all about an alias: its effective members, and through which aliases they come",
		Example: "  myna alias show sales@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var d admin.AliasDetail
			if err := c.ask(cmd.Context(), "alias.show", admin.Identified{Address: args[0]}, &d); err != nil {
				return err
			}
			return c.print(d, func(w io.Writer) {
				facts(w, "Address", d.Address, "Name", d.Name, "Description", d.Description, "State", aliasState(d.Alias), "Room", d.Room,
					"Targets", words(mark(d.Everyone, "everyone"), strings.Join(d.Targets, ", ")), "Leads", strings.Join(d.Leads, ", "),
					"Posters", strings.Join(d.Posters, ", "), "Policies", aliasPolicies(d.Alias), "Named by", strings.Join(d.NamedBy, ", "), "Created", when(d.Created))
				if d.Effective != nil {
					fmt.Fprintln(w)
					members(w, *d.Effective)
				}
			})
		},
	}
}

// aliasPolicies says what of a group is not as usual.
func aliasPolicies(a admin.Alias) string {
	retention := ""
	if a.RetentionDays > 0 {
		retention = fmt.Sprintf("messages are kept for %d days", a.RetentionDays)
	}
	return words(
		map[string]string{"leave": "members may leave", "mandatory": "mandatory"}[a.Membership],
		map[string]string{"30d": "newcomers see 30 days", "join": "newcomers see nothing of before"}[a.History],
		retention, mark(a.FilesOff, "no files"), mark(a.MentionAllOff, "no @all"))
}

func members(w io.Writer, r admin.Resolution) {
	rows := make([][]string, len(r.Members))
	for i, m := range r.Members {
		rows[i] = []string{m.Address, words(m.Kind, mark(m.Lead, "lead")), strings.Join(m.Via, " → ")}
	}
	table(w, "No effective members.", []string{"MEMBER", "KIND", "THROUGH"}, rows)
	for _, text := range r.Warnings {
		fmt.Fprintf(w, "Warning: %s\n", text)
	}
}

func (c *cli) aliasAdd() *cobra.Command {
	return &cobra.Command{
		Use:     "add ADDRESS TARGET …",
		Short:   "Add targets to an alias",
		Example: "  myna alias add sales@example.com chi@example.com",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeAlias(cmd.Context(), "alias.add", admin.AliasTargets{Address: args[0], Targets: args[1:]}, "changed")
		},
	}
}

func (c *cli) aliasRemove() *cobra.Command {
	return &cobra.Command{
		Use:     "remove ADDRESS TARGET …",
		Short:   "Remove targets from an alias",
		Example: "  myna alias remove sales@example.com chi@example.com",
		Args:    cobra.MinimumNArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeAlias(cmd.Context(), "alias.remove", admin.AliasTargets{Address: args[0], Targets: args[1:]}, "changed")
		},
	}
}

func (c *cli) aliasRename() *cobra.Command {
	return &cobra.Command{
		Use:     "rename ADDRESS NEW-ADDRESS",
		Short:   "Move an alias to another address; its room and history stay, other aliases follow",
		Example: "  myna alias rename sales@example.com revenue@example.com",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeAlias(cmd.Context(), "alias.rename", admin.RenameAlias{Address: args[0], To: args[1]}, "the new address")
		},
	}
}

func (c *cli) aliasDelete() *cobra.Command {
	var r admin.DeleteAlias
	var yes bool
	cmd := &cobra.Command{
		Use:     "delete ADDRESS",
		Short:   "Delete an alias; for 30 days it can be restored with its room and history",
		Example: "  myna alias delete sales@example.com\n  myna alias delete sales@example.com --purge",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Address = args[0]
			if r.Purge {
				if err := c.sure(cmd, yes, fmt.Sprintf("The deleted alias %s goes for good, with the room of its group and the history of that.", r.Address)); err != nil {
					return err
				}
			}
			var out admin.DeletedAlias
			if err := c.ask(cmd.Context(), "alias.delete", r, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) {
				if out.Until.IsZero() {
					fmt.Fprintf(w, "%s is gone for good.\n", out.Address)
					return
				}
				fmt.Fprintf(w, "%s is deleted. Until %s it comes back with: %s alias restore %s\n", out.Address, when(out.Until), c.self(), out.Address)
			})
		},
	}
	cmd.Flags().BoolVar(&r.Purge, "purge", false, "remove a deleted alias for good")
	cmd.Flags().BoolVar(&yes, "yes", false, "with --purge: without a question")
	return cmd
}

func (c *cli) aliasRestore() *cobra.Command {
	return &cobra.Command{
		Use:     "restore ADDRESS",
		Short:   "Bring a deleted alias back",
		Example: "  myna alias restore sales@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return c.changeAlias(cmd.Context(), "alias.restore", admin.Identified{Address: args[0]}, "restored")
		},
	}
}

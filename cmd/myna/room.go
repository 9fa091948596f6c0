package main

import (
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) groupCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "group", Aliases: []string{"groups"}, Short: "Show the rooms that are made from aliases, and remove their files",
		Long:    "Show the rooms that are made from aliases, and remove their files. What a group is, its alias says: see myna alias.",
		Example: "  myna group list\n  myna group show sales@example.com"}
	cmd.AddCommand(
		c.roomList("group", "List groups: rooms that are made from aliases", "No groups. Make one with: myna alias create ADDRESS --target … --group-chat"),
		c.roomShow("group", "Tell all about a group, by the address of its alias or of its room", "sales@example.com"),
		c.groupDeleteFiles(),
	)
	return cmd
}

func (c *cli) roomCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "room", Aliases: []string{"rooms"}, Short: "Show and delete rooms that are no groups",
		Example: "  myna room list\n  myna room delete tea@groups.example.com"}
	cmd.AddCommand(
		c.roomList("room", "List rooms that people made", "No rooms."),
		c.roomShow("room", "Tell all about a room", "tea@groups.example.com"),
		c.roomDelete(),
	)
	return cmd
}

func (c *cli) roomList(kind, short, none string) *cobra.Command {
	var r admin.ListRooms
	cmd := &cobra.Command{
		Use:     "list",
		Short:   short,
		Example: fmt.Sprintf("  myna %s list\n  myna %s list --domain example.com", kind, kind),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []admin.Room
			if err := c.ask(cmd.Context(), kind+".list", r, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, v := range list {
					rows[i] = []string{v.Address, v.Name, strconv.Itoa(v.Members), strconv.Itoa(v.Occupants), when(v.LastActivity), v.Group}
				}
				table(w, c.commands(none), []string{"ROOM", "NAME", "MEMBERS", "JOINED", "LAST ACTIVITY", mark(kind == "group", "ALIAS")}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only rooms of this mail `domain`")
	return cmd
}

func (c *cli) roomShow(kind, short, example string) *cobra.Command {
	return &cobra.Command{
		Use:     "show ADDRESS",
		Short:   short,
		Example: fmt.Sprintf("  myna %s show %s", kind, example),
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var d admin.RoomDetail
			if err := c.ask(cmd.Context(), kind+".show", admin.Identified{Address: args[0]}, &d); err != nil {
				return err
			}
			return c.print(d, func(w io.Writer) {
				facts(w, "Room", d.Address, "Name", d.Name, "Alias", d.Group, "Members", strconv.Itoa(d.Members),
					"Joined", strconv.Itoa(d.Occupants), "Last activity", when(d.LastActivity), "Created", when(d.Created))
				fmt.Fprintln(w)
				rows := make([][]string, len(d.People))
				for i, m := range d.People {
					rows[i] = []string{m.Address, m.Nick, m.Affiliation, words(mark(m.Joined, "joined"), mark(m.Managed, "managed"))}
				}
				table(w, "Nobody has an affiliation.", []string{"ADDRESS", "NICK", "AFFILIATION", "STATE"}, rows)
				if d.Effective != nil {
					fmt.Fprintln(w)
					members(w, *d.Effective)
				}
			})
		},
	}
}

func (c *cli) groupDeleteFiles() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "delete-files ADDRESS",
		Short:   "Remove the files that were sent to a group, for good",
		Long:    "Remove the files that were sent to a group, for everybody: their addresses lead nowhere any more. There is no undo.\nAt a terminal you are asked; elsewhere --yes is needed.",
		Example: "  myna group delete-files sales@example.com",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := c.sure(cmd, yes, fmt.Sprintf("The files that were sent to %s go for good; the messages stay.", args[0])); err != nil {
				return err
			}
			var out admin.DeletedFiles
			if err := c.ask(cmd.Context(), "group.delete-files", admin.Identified{Address: args[0]}, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) { fmt.Fprintf(w, "%d files of %s are removed.\n", out.Files, out.Address) })
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "remove without a question")
	return cmd
}

func (c *cli) roomDelete() *cobra.Command {
	var r admin.DeleteRoom
	var yes bool
	cmd := &cobra.Command{
		Use:     "delete ADDRESS",
		Aliases: []string{"destroy"},
		Short:   "Destroy a room that people made, with its history",
		Long:    "Destroy a room that people made, with its history. There is no undo. At a terminal you are asked; elsewhere\n--yes is needed.",
		Example: "  myna room delete tea@groups.example.com --reason \"moved to the group\"",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Address = args[0]
			if err := c.sure(cmd, yes, fmt.Sprintf("The room %s goes with its history, its members and its settings.", r.Address)); err != nil {
				return err
			}
			var out admin.Identified
			if err := c.ask(cmd.Context(), "room.delete", r, &out); err != nil {
				return err
			}
			return c.print(out, func(w io.Writer) { fmt.Fprintf(w, "%s is deleted.\n", out.Address) })
		},
	}
	cmd.Flags().StringVar(&r.Reason, "reason", "", "a `text` for those who are in it")
	cmd.Flags().BoolVar(&yes, "yes", false, "delete without a question")
	return cmd
}

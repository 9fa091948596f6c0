package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) inviteCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "invite", Aliases: []string{"invites"}, Short: "Invite people, who make their own account",
		Long: `Invite people, who make their own account by a link that they are sent: with a name and
a password of their own, in the browser or in their client.`,
		Example: "  myna invite create example.com --note \"Mai, from Monday\"\n  myna invite list"}
	cmd.AddCommand(c.inviteCreate(), c.inviteList(), c.inviteRevoke())
	return cmd
}

func (c *cli) inviteCreate() *cobra.Command {
	var r admin.CreateInvite
	cmd := &cobra.Command{
		Use:     "create DOMAIN|ADDRESS",
		Short:   "Make an invitation to a domain, or for one address that is kept for it; the link is shown once",
		Example: "  myna invite create mai@example.com --group sales@example.com\n  myna invite create example.com --uses 20 --days 2",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if r.Domain = args[0]; strings.Contains(args[0], "@") {
				r.Domain, r.Account = "", args[0]
			}
			var i admin.CreatedInvite
			if err := c.ask(cmd.Context(), "invite.create", r, &i); err != nil {
				return err
			}
			return c.print(i, func(w io.Writer) {
				if i.Page != "" {
					fmt.Fprintf(w, "%s\n", i.Page)
				}
				fmt.Fprintf(w, "%s\n\nSend one of these to the person: the first is for browsers, the one with xmpp: for clients. They are not shown again.\n"+
					"Good until %s, for %s. Revoke it with: %s invite revoke %s\n",
					i.URI, when(i.Expires), count(i.Most, "account", "accounts"), c.self(), i.ID)
			})
		},
	}
	f := cmd.Flags()
	f.StringVar(&r.Inviter, "inviter", "", "the `address` of an account: it and the new one become contacts of each other")
	f.BoolVar(&r.Contact, "contact", false, "people with an account elsewhere may use it, too, to become contacts of the inviter")
	f.StringArrayVar(&r.Groups, "group", nil, "an `alias` that the new account becomes a target of; may be given again")
	f.StringVar(&r.Note, "note", "", "a `text` that says for whom it is")
	f.IntVar(&r.Days, "days", 0, "a `number` of days that it is good for (default: modules.registration.invitation_days)")
	f.IntVar(&r.Uses, "uses", 1, "a `number` of accounts that can be made by it")
	return cmd
}

func (c *cli) inviteList() *cobra.Command {
	var r admin.ListInvites
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List invitations, the oldest first",
		Example: "  myna invite list --domain example.com",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list []admin.Invite
			if err := c.ask(cmd.Context(), "invite.list", r, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for n, i := range list {
					to := i.Account
					if to == "" {
						to = i.Domain
					}
					rows[n] = []string{i.ID, to, i.State, strconv.Itoa(i.Uses) + "/" + strconv.Itoa(i.Most), when(i.Expires), i.By,
						words(append([]string{i.Note, i.Inviter}, i.Groups...)...)}
				}
				table(w, "No invitations.", []string{"INVITATION", "TO", "STATE", "USED", "EXPIRES", "BY", "ABOUT"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only invitations to this `domain`")
	return cmd
}

func (c *cli) inviteRevoke() *cobra.Command {
	return &cobra.Command{
		Use:     "revoke INVITATION",
		Short:   "Revoke an invitation: nobody gets an account by it any more",
		Example: "  myna invite revoke k7x2abcdmn",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var i admin.Invite
			if err := c.ask(cmd.Context(), "invite.revoke", admin.RevokeInvite{ID: args[0]}, &i); err != nil {
				return err
			}
			return c.print(i, func(w io.Writer) { fmt.Fprintf(w, "The invitation %s is revoked.\n", i.ID) })
		},
	}
}

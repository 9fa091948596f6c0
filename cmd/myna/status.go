package main

import (
	"fmt"
	"io"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"myna/admin"
)

func (c *cli) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version",
		Example: "  myna version",
		RunE: func(*cobra.Command, []string) error {
			v := map[string]string{"version": c.backend.version, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH}
			return c.print(v, func(w io.Writer) {
				fmt.Fprintf(w, "myna %s (%s, %s)\n", v["version"], v["go"], v["platform"])
			})
		},
	}
}

func (c *cli) statusCommand() *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "Tell how the server is",
		Example: "  myna status\n  myna status --json",
		RunE: func(cmd *cobra.Command, _ []string) error {
			var s struct {
				admin.Status
				Health admin.Health `json:"health"`
			}
			if err := c.ask(cmd.Context(), "status", admin.Nothing{}, &s.Status); err != nil {
				return err
			}
			if err := c.ask(cmd.Context(), "health", admin.Nothing{}, &s.Health); err != nil {
				return err
			}
			return c.print(s, func(w io.Writer) {
				state := "does not run"
				if s.Running {
					state = "runs since " + when(s.Started)
				}
				facts(w, "Server", state, "Version", s.Version, "Sessions", strconv.Itoa(s.Sessions))
				fmt.Fprintln(w)
				rows := make([][]string, len(s.Hosts))
				for i, h := range s.Hosts {
					rows[i] = []string{h.Host}
					for _, n := range []int{h.Accounts, h.Disabled, h.Online, h.Sessions, h.Aliases, h.Groups, h.Rooms} {
						rows[i] = append(rows[i], strconv.Itoa(n))
					}
				}
				table(w, "No domains.", []string{"DOMAIN", "ACCOUNTS", "DISABLED", "ONLINE", "SESSIONS", "ALIASES", "GROUPS", "ROOMS"}, rows)
				fmt.Fprintln(w)
				c.health(w, &s.Health)
			})
		},
	}
}

// health lists what was found of the parts of the server.
func (c *cli) health(w io.Writer, h *admin.Health) {
	rows := make([][]string, len(h.Checks))
	for i, x := range h.Checks {
		text := x.Text
		if x.Do != "" {
			text += "; " + c.commands(x.Do)
		}
		rows[i] = []string{string(x.Lamp), strings.TrimSpace(x.Part + " " + x.Of), text}
	}
	table(w, "", []string{"HEALTH", "OF", "FOUND"}, rows)
}

func (c *cli) auditCommand() *cobra.Command {
	var r admin.ListAudit
	cmd := &cobra.Command{
		Use:     "audit",
		Short:   "List administrative changes, newest first",
		Example: "  myna audit\n  myna audit --domain example.com --limit 20",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if r.Limit < 1 || r.Limit > 1000 {
				return usage(cmd, "--limit is from 1 to 1000, not %d", r.Limit)
			}
			var list []admin.AuditLine
			if err := c.ask(cmd.Context(), "audit.list", r, &list); err != nil {
				return err
			}
			return c.print(list, func(w io.Writer) {
				rows := make([][]string, len(list))
				for i, l := range list {
					rows[i] = []string{when(l.At), l.Actor, l.Door, l.Action, l.Object, string(l.Change)}
				}
				table(w, "Nothing was changed yet.", []string{"TIME", "WHO", "BY", "ACTION", "WHAT", "CHANGE"}, rows)
			})
		},
	}
	cmd.Flags().StringVar(&r.Domain, "domain", "", "only changes in this `domain`")
	cmd.Flags().IntVar(&r.Limit, "limit", 50, "how many")
	return cmd
}

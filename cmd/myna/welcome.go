package main

import (
	"fmt"
	"io"
	"strings"

	"myna/config"
)

// welcomed is what the demo tells when it runs.
type welcomed struct {
	First       bool         `json:"first_start"`
	Data        string       `json:"data"`
	Certificate *identity    `json:"certificate,omitempty"` // nil where there is not one file
	Chat        string       `json:"chat,omitempty"`        // pages only where they are served
	Admin       string       `json:"admin,omitempty"`
	C2S         []string     `json:"c2s"`
	C2STLS      []string     `json:"c2s_tls"`
	People      []demoPerson `json:"people"`
}

// welcome prints how the demo is used.
func (c *cli) welcome(srv running, cfg *config.Config, people []demoPerson, first bool) {
	out := welcomed{First: first, Data: nearby(cfg.DataDir), C2S: cfg.Listen.C2S, C2STLS: cfg.Listen.C2STLS, People: people}
	for _, p := range srv.Pages() {
		switch p.Name {
		case "Chat":
			out.Chat = p.Address
		case "Admin page":
			out.Admin = p.Address
		}
	}
	if id, err := identityOf(cfg); err == nil && cfg.TLS.CertDir == "" {
		out.Certificate = &id
	}
	var text strings.Builder
	c.demoText(&text, cfg, out)
	_ = c.print(out, func(w io.Writer) { fmt.Fprint(w, text.String()) }) // the server runs: a terminal that is gone does not end it
}

// demoText ends with what somebody needs next: the page, and who signs in there.
func (c *cli) demoText(w io.Writer, cfg *config.Config, out welcomed) {
	if out.First {
		fmt.Fprintf(w, "\nMyna runs, with a new demo in %s. Ctrl-C stops it; the next start keeps everything.\n\n", out.Data)
	} else {
		fmt.Fprintf(w, "\nMyna runs, with the demo that was in %s: accounts, groups and messages are kept. Ctrl-C stops it.\n\n", out.Data)
	}
	if id := out.Certificate; id != nil && id.SelfSigned {
		facts(w, "Certificate", "self-signed, made for this demo: "+id.File, "SHA-256", id.Fingerprint,
			"To accept it", "compare the fingerprint when the client asks; go-sendxmpp: -n; curl: --cacert "+id.File)
		fmt.Fprintln(w)
	}
	two := "with two clients (server 127.0.0.1)"
	if out.Chat != "" {
		two = "in the chat with two browsers or with other clients (server 127.0.0.1)"
	}
	page := ""
	if out.Admin != "" {
		page = "  * Sign in to the admin page as admin@" + cfg.Hosts[0] + ": Accounts › Alias › Sales › Group chat › Save, or here:\n"
	}
	fmt.Fprintf(w, `Try:
  * Sign in as two people, %[3]s.
%[4]s  * %[1]s alias set sales@%[2]s --group-chat     and look at both clients
  * %[1]s group show sales@%[2]s
  * %[1]s account create chi@%[2]s --generate-password

`, c.self(), cfg.Hosts[0], two, page)
	chat := out.Chat
	if chat == "" {
		chat = "this binary has no web chat in it; use a client such as Gajim"
	}
	facts(w, "Clients", words(append(cfg.Listen.C2S, direct(cfg.Listen.C2STLS)...)...), "Admin page", out.Admin, "Chat", chat)
	fmt.Fprintln(w)
	rows := make([][]string, len(out.People))
	for i, p := range out.People {
		rows[i] = []string{p.Address, p.Password, p.Name}
	}
	table(w, "", []string{"ADDRESS", "PASSWORD", "NAME"}, rows)
	if !out.First {
		fmt.Fprintln(w, "(the passwords of the first start, where nobody has changed them)")
	}
}

// direct marks addresses with direct TLS.
func direct(addrs []string) []string {
	marked := make([]string, len(addrs))
	for i, a := range addrs {
		marked[i] = a + " (direct TLS)"
	}
	return marked
}

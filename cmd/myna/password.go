package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"myna/xmpp"
)

// passwordFlags are the ways to give a password. It is never an argument: others can see those, and shells keep them.
type passwordFlags struct {
	stdin    bool
	generate bool
}

func (p *passwordFlags) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.stdin, "password-stdin", false, "read the password from standard input, one line")
	cmd.Flags().BoolVar(&p.generate, "generate-password", false, "make a password and print it once")
}

// read returns the password; "" where it is to be generated.
func (p *passwordFlags) read(c *cli, cmd *cobra.Command, address string) (string, error) {
	switch {
	case p.generate && p.stdin:
		return "", usage(cmd, "--password-stdin and --generate-password exclude each other")
	case p.generate:
		return "", nil
	case p.stdin:
		return c.passwordLine()
	}
	if j, err := xmpp.ParseJID(address); err != nil || j.Local() == "" || !j.IsBare() { // nobody types two passwords for nothing
		return "", usage(cmd, "%q is no address of an account; write it like lan@example.com", address)
	}
	f, ok := c.in.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return "", usage(cmd, "there is no terminal to ask for the password: use --password-stdin or --generate-password")
	}
	first, err := c.prompt(f, "Password for "+address+": ")
	if err != nil {
		return "", err
	}
	again, err := c.prompt(f, "The same again: ")
	if err != nil {
		return "", err
	}
	if first != again {
		return "", errors.New("the two passwords differ; nothing was changed")
	}
	return first, nil
}

// passwordLine reads a password from standard input.
func (c *cli) passwordLine() (string, error) {
	line, err := c.line()
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	if line == "" {
		return "", errors.New("there is no password on standard input; write it there as one line")
	}
	return line, nil
}

// line reads a line of standard input; without any more it is empty.
func (c *cli) line() (string, error) {
	line, err := bufio.NewReader(io.LimitReader(c.in, 64<<10)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	return strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), nil
}

// canAsk tells whether somebody is there to answer a question.
func (c *cli) canAsk() bool {
	if c.asked != nil {
		return c.asked()
	}
	f, ok := c.in.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

func (c *cli) prompt(f *os.File, text string) (string, error) {
	fmt.Fprint(c.err, text)
	b, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(c.err)
	if err != nil {
		return "", fmt.Errorf("read password: %w", err)
	}
	return string(b), nil
}

// terminal tells whether w is one.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

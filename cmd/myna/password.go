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
		line, err := bufio.NewReader(io.LimitReader(c.in, 64<<10)).ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return "", fmt.Errorf("read password: %w", err)
		}
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" {
			return "", errors.New("there is no password on standard input")
		}
		return line, nil
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

// Command myna is the server and what its operators do with it on the command line: first set-up, accounts, aliases,
// groups, rooms, diagnosis. One file per group of subcommands. Commands that change or show something ask the running
// server over its socket; where none runs, they open the database themselves. Either way the functions of package admin
// do the work.
package main

import (
	"context"
	"os"
)

func main() {
	c := &cli{in: os.Stdin, out: os.Stdout, err: os.Stderr, env: os.Getenv, name: os.Args[0], backend: serverBackend()}
	os.Exit(c.run(context.Background(), os.Args[1:]))
}

package main

import (
	"context"
	"io"
)

func crashTest(ctx context.Context, args []string, out, progress io.Writer) error { return errUsage }

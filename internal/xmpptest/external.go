package xmpptest

import (
	"context"
	"fmt"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// External authenticates with the certificate that the client has shown, and opens the new stream where that has succeeded
// (XEP-0178 § 2). The answer must have want in it.
func (c *Client) External(ctx context.Context, want string) error {
	if err := c.Send(xmpp.El(ns.SASL, "auth").Set("mechanism", "EXTERNAL").AddText("=").String()); err != nil {
		return err
	}
	e, err := c.element(ctx)
	if err != nil {
		return err
	}
	if got := string(e.Append(nil, "")); !strings.Contains(got, want) {
		return fmt.Errorf("got %s, want %s", got, want)
	}
	if !e.Is(ns.SASL, "success") {
		return nil
	}
	return c.open(ctx)
}

// Ended waits until the server has closed the stream.
func (c *Client) Ended(ctx context.Context) error {
	if _, err := c.in.await(ctx, func(e event) bool { return e.err != nil }); ctx.Err() != nil {
		return err
	}
	return nil
}

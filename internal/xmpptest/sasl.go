package xmpptest

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

	"mellium.im/sasl"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Login authenticates with the best mechanism of SCRAM-SHA-256, SCRAM-SHA-1 and PLAIN, and opens the new stream
// (RFC 6120 § 6.4).
func (c *Client) Login(ctx context.Context, password string) error {
	var offered []string
	for m := range c.features.Child(ns.SASL, "mechanisms").Elements() {
		offered = append(offered, m.Text())
	}
	for _, m := range []sasl.Mechanism{sasl.ScramSha256, sasl.ScramSha1, sasl.Plain} {
		if !slices.Contains(offered, m.Name) {
			continue
		}
		if err := c.authenticate(ctx, m, password); err != nil {
			return fmt.Errorf("authenticate %s by %s: %w", c.Address, m.Name, err)
		}
		return c.open(ctx)
	}
	return fmt.Errorf("authenticate %s: no usable mechanism in %v", c.Address, offered)
}

func (c *Client) authenticate(ctx context.Context, m sasl.Mechanism, password string) error {
	local, _, _ := strings.Cut(c.Address, "@")
	n := sasl.NewClient(m, sasl.Credentials(func() (username, pass, identity []byte) {
		return []byte(local), []byte(password), nil
	}))
	more, data, err := n.Step(nil)
	if err != nil {
		return err
	}
	out := xmpp.El(ns.SASL, "auth").Set("mechanism", m.Name).AddText(encode(data))
	for {
		if err := c.Send(out.String()); err != nil {
			return err
		}
		e, err := c.element(ctx)
		if err != nil {
			return err
		}
		if !e.Is(ns.SASL, "challenge") && !e.Is(ns.SASL, "success") {
			return fmt.Errorf("got %s", e)
		}
		in, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(e.Text(), "="))
		if err != nil {
			return fmt.Errorf("decode %s: %w", e.Local, err)
		}
		if more {
			if more, data, err = n.Step(in); err != nil {
				return err
			}
		}
		switch {
		case e.Local == "challenge":
			out = xmpp.El(ns.SASL, "response").AddText(encode(data))
		case more:
			return errors.New("success before the server has proved that it knows the password")
		default:
			return nil
		}
	}
}

// encode writes the data of an exchange; "=" says that it is there and empty (RFC 6120 § 6.4.2).
func encode(data []byte) string {
	if data != nil && len(data) == 0 {
		return "="
	}
	return base64.StdEncoding.EncodeToString(data)
}

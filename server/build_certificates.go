package server

import (
	"context"
	"encoding/json"

	"myna/hook"
	"myna/xep/certificates"
	"myna/xmpp"
	"myna/xmpp/c2s"
)

func buildCertificates(p *parts) (hook.Module, error) {
	return certificates.New(certificates.Options{
		Accounts: p.accounts, Sessions: p.router.Sessions, Limited: p.limited, On: p.accounts.TakesCertificates,
		Used: func(s hook.Session) string { return p.proof(s).Certificate },
		Secure: func(s hook.Session) bool {
			c, ok := s.(interface{ Conn() c2s.Conn })
			if !ok {
				return false
			}
			conn := c.Conn() // nil while another stream takes the session over
			return conn != nil && conn.Secure()
		},
		Audit: func(ctx context.Context, who xmpp.JID, action, name string) error {
			change, err := json.Marshal(map[string]any{"new": map[string]string{"certificate": name}})
			if err != nil {
				return err
			}
			return p.own().audit(ctx, who, action, string(change))
		},
	}), nil
}

package digest

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/wneessen/go-mail"
)

// relayTime bounds how long the relay may take for one mail.
const relayTime = 30 * time.Second

// Relay hands a mail to the relay of the configuration (RFC 5321, RFC 3207). password reads its password from a file.
func Relay(ctx context.Context, c *Config, password func(file string) (string, error), m *Mail) error {
	msg := mail.NewMsg()
	to := msg.To
	if m.Name != "" {
		to = func(...string) error { return msg.AddToFormat(m.Name, m.To) }
	}
	for _, err := range []error{msg.From(m.From), to(m.To)} {
		if err != nil {
			return fmt.Errorf("compose mail: %w", err)
		}
	}
	msg.Subject(m.Subject)
	msg.SetDate()
	msg.SetMessageID()
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // RFC 3834 § 5
	msg.SetGenHeader("Content-Language", m.Lang)         // RFC 3282 § 2
	msg.SetBodyString(mail.TypeTextPlain, m.Text)
	client, err := dialer(c, password)
	if err != nil {
		return err
	}
	if err := client.DialAndSendWithContext(ctx, msg); err != nil {
		return fmt.Errorf("send mail: %w", err)
	}
	return nil
}

func dialer(c *Config, password func(string) (string, error)) (*mail.Client, error) {
	host, port, err := net.SplitHostPort(c.Relay)
	if err != nil {
		return nil, fmt.Errorf("send mail: %w", err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		return nil, fmt.Errorf("send mail: %w", err)
	}
	options := []mail.Option{mail.WithPort(n), mail.WithTimeout(relayTime)}
	switch c.RelayTLS {
	case TLS:
		options = append(options, mail.WithSSL())
	case Plain:
		options = append(options, mail.WithTLSPolicy(mail.NoTLS))
	default:
		options = append(options, mail.WithTLSPolicy(mail.TLSMandatory))
	}
	if c.RelayUser != "" {
		secret, err := password(c.PasswordFile)
		if err != nil {
			return nil, fmt.Errorf("send mail: %w", err)
		}
		options = append(options, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(c.RelayUser), mail.WithPassword(secret))
	}
	return mail.NewClient(host, options...)
}

package wire

import (
	"errors"
	"strconv"

	"mellium.im/xmpp/stream"
)

var (
	// ErrShort says that the bytes so far do not end what they begin: read more and ask again.
	ErrShort = errors.New("scan stream: more bytes needed")
	// ErrClosed says that the peer has closed its stream (RFC 6120 § 4.4).
	ErrClosed = errors.New("scan stream: closed by the peer")
)

// fail makes the stream error that a scanner ends with: the condition and an English text that names the cause.
func fail(condition stream.Error, text string) error {
	condition.Text = []struct{ Lang, Value string }{{"en", text}}
	return condition
}

func malformed(text string) error { return fail(stream.NotWellFormed, text) } // RFC 6120 § 4.9.3.13

func restricted(text string) error { return fail(stream.RestrictedXML, text) } // RFC 6120 § 4.9.3.18

func policy(text string) error { return fail(stream.PolicyViolation, text) } // RFC 6120 § 4.9.3.14

// tooLong says how long a stanza may be.
func tooLong(most int) error {
	return policy("a stanza has more than " + strconv.Itoa(most) + " bytes")
}

// tooMany says how many elements a stanza may have.
func tooMany(most int) error {
	return policy("a stanza has more than " + strconv.Itoa(most) + " elements")
}

// badEncoding is for bytes that are not UTF-8 (RFC 6120 § 4.9.3.22, § 11.6).
func badEncoding() error { return fail(stream.UnsupportedEncoding, "not UTF-8") }

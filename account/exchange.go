package account

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"mellium.im/sasl"

	"myna/storage"
	"myna/xmpp"
)

const (
	plusSuffix  = "-PLUS"
	plainName   = "PLAIN"
	maxResponse = 16384 // bytes; user name and password at their longest, escaped, are less
	maxUser     = 1023  // bytes of a localpart (RFC 7622 § 3.3)
)

// Attempt is what somebody wants to sign in with.
type Attempt struct {
	Domain, Mechanism string
	Channel           Channel
	From              xmpp.JID // the only account that may; zero: any
	// Mechanisms and Bindings are what the client was shown; where Mechanisms is not empty, it is told them under the
	// protection of its password (XEP-0474).
	Mechanisms, Bindings []string
	Client               Client
	Redeem               *Redemption // nil: the client does not sign in with a token
}

// Exchange is one attempt under way. It belongs to one goroutine at a time.
type Exchange struct {
	Attempt
	service *Service
	machine *sasl.Negotiator

	ctx    context.Context // of the step under way, which mellium's callbacks cannot be handed
	asked  bool            // the client sent no initial response and was asked for it
	over   bool
	used   *held              // the token that let them in
	proved storage.Credential // or the verifier of the password that did
	app    string             // the app password that they have signed in with, or that their token is of; "" for none
	spare  []storage.Credential
	grant  *Grant // what the pass is of that let them in
	// certified tells that the certificate of the channel let them in.
	certified bool
	// certificate is the one that did, if the account has handed it in; nil: an authority has signed it.
	certificate *Certificate
	guest       bool     // they have not said who they are
	refused     error    // what the client still has to be told, after it was told the status of its token
	who         xmpp.JID // once a mechanism has let somebody in
	since       uint64   // when the account was looked up, by the clock of Service.barrier
}

// Begin starts an exchange with a mechanism that Mechanisms lists for the domain and channel. Its error is a *Failure.
func (s *Service) Begin(a Attempt) (*Exchange, error) {
	c := a.Channel
	if a.Redeem != nil {
		return s.beginToken(a)
	}
	if !s.offers(a.Domain, a.Mechanism, c) {
		if !c.encrypted() && s.offers(a.Domain, a.Mechanism, Channel{Encrypted: true}) {
			return nil, fail(EncryptionRequired, "") // RFC 6120 § 6.5.4
		}
		return nil, fail(InvalidMechanism, "") // RFC 6120 § 6.5.7
	}
	x := &Exchange{Attempt: a, service: s}
	m := sasl.Mechanism{Name: plainName, Next: x.plain}
	switch a.Mechanism {
	case plainName:
	case bearerName:
		m = sasl.Mechanism{Name: bearerName, Next: x.bearer}
	case anonymousName:
		m = sasl.Mechanism{Name: anonymousName, Next: x.anonymous}
	case externalName:
		m = sasl.Mechanism{Name: externalName, Next: x.external}
	default:
		base, plus := strings.CutSuffix(a.Mechanism, plusSuffix)
		for _, h := range scramHashes {
			if h.name == base {
				run := &scram{
					hash:    h,
					plus:    plus,
					offered: s.offers(a.Domain, h.name+plusSuffix, c),
					lenient: s.cfg.Of(a.Domain).LenientBinding && c.TriedBinding,
					nonce:   nonce(),
					binding: c.binding,
					shown:   shown(h, a.Mechanisms, a.Bindings),
					find:    x.find,
					admit:   x.admitKey,
				}
				m = run.mechanism()
			}
		}
	}
	x.machine = sasl.NewServer(m, nil)
	return x, nil
}

// beginToken is Begin for who has a token.
func (s *Service) beginToken(a Attempt) (*Exchange, error) {
	switch {
	case !slices.Contains(s.TokenMechanisms(a.Domain, a.Channel), a.Mechanism):
		return nil, fail(InvalidMechanism, "")
	case a.Client.ID == "":
		return nil, malformed("a token belongs to a client, which has not said who it is") // XEP-0484 § 4.1
	}
	x := &Exchange{Attempt: a, service: s}
	x.machine = sasl.NewServer(sasl.Mechanism{Name: a.Mechanism, Next: x.redeem}, nil)
	return x, nil
}

// Step takes what the client sent, decoded from base64, and returns what to send: a challenge, or with done the
// additional data of success, which is nil when there is none. A first response of nil means that the client sent no
// initial response; a response of no bytes is not nil (RFC 6120 § 6.4.2). The error is a *Failure and ends the
// exchange; more steps fail again.
func (x *Exchange) Step(ctx context.Context, response []byte) (challenge []byte, done bool, err error) {
	switch {
	case x.over:
		return nil, false, malformed("the exchange is over")
	case response == nil && !x.asked:
		x.asked = true
		return []byte{}, false, nil
	case len(response) > maxResponse:
		x.over = true
		return nil, false, malformed("too long")
	}
	x.asked = true
	x.ctx = ctx
	more, challenge, err := x.machine.Step(response)
	x.ctx = nil
	if err != nil {
		x.over = true
		var f *Failure
		if !errors.As(err, &f) {
			x.service.log.Error("sign-in mechanism failed", "error", err)
			f = fail(TemporaryAuthFailure, "")
		}
		return nil, false, f
	}
	if x.over = !more; x.over {
		x.service.noteSignIn(ctx, x)
	}
	return challenge, !more, nil
}

// Abort ends the exchange on the client's wish and returns the failure to answer with (RFC 6120 § 6.4.4).
func (x *Exchange) Abort() *Failure {
	x.over = true
	x.who = xmpp.JID{}
	return fail(Aborted, "")
}

// JID is the bare address of who has signed in; it is zero until Step returns done.
func (x *Exchange) JID() xmpp.JID {
	if !x.over {
		return xmpp.JID{}
	}
	return x.who
}

// find looks up who wants to sign in and on whose behalf. Acting for others is not supported, so an authorization
// identity must be the user's own bare address (RFC 6120 § 6.3.8).
func (x *Exchange) find(user, authzid string, hashes ...scramHash) (subject, error) {
	if len(user) == 0 || len(user) > maxUser || !utf8.ValidString(user) {
		return subject{}, malformed("the user name is empty, too long or not UTF-8")
	}
	x.since = x.service.barrier.now() // before the credentials are read
	who, err := x.service.subject(x.ctx, user, x.Domain, hashes...)
	if err != nil {
		return who, err
	}
	if authzid != "" {
		if j, err := xmpp.ParseJID(authzid); err != nil || j != who.jid {
			return subject{}, fail(InvalidAuthzid, "only your own bare address") // RFC 6120 § 6.5.6
		}
	}
	if !x.From.IsZero() && x.From != who.jid {
		return subject{}, fail(InvalidAuthzid, "the stream was opened from another address") // XEP-0388 § 2.3, § 4.4
	}
	return who, nil
}

func (x *Exchange) admit(who subject, proof func() int) error {
	if err := x.service.admit(x.ctx, who, x.Channel.Remote, proof); err != nil {
		return err
	}
	x.who = who.jid
	return nil
}

// admitKey is admit for a password; proof finds the verifier that fits, and admitKey returns it.
func (x *Exchange) admitKey(who *subject, proof func() int) (storage.Credential, error) {
	key := -1
	err := x.admit(*who, func() int {
		if key = proof(); key < 0 {
			return 0
		}
		return 1
	})
	if err != nil {
		return storage.Credential{}, err
	}
	x.proved, x.app, x.spare = who.keys[key].Credential, who.keys[key].App, who.spare
	return x.proved, nil
}

// nonce is 144 random bits in characters that SCRAM allows (RFC 5802 § 5.1).
func nonce() string {
	var b [18]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return base64.StdEncoding.EncodeToString(b[:])
}

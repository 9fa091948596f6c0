package account

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"slices"
	"time"

	"mellium.im/sasl"

	"myna/storage"
	"myna/xmpp"
)

// Client is the program that signs in, as it describes itself (XEP-0388 § 2.3). Without an ID it gets no tokens.
type Client struct{ ID, Software, Device string }

// Redemption is what a client says about the token that it signs in with (XEP-0484 § 3.4, § 3.6).
type Redemption struct {
	Count      int64 // of the attempts with the token, as the client counts them; 0: it does not
	Invalidate bool  // the token is good for this attempt only
}

// tokenHash begins the names of the mechanisms for tokens (draft-schmaus-kitten-sasl-ht-09 § 2.1).
const tokenHash = "HT-SHA-256-"

// tokenBindings are their kinds of channel binding, the preferred first.
var tokenBindings = [...]struct{ suffix, binding string }{{"EXPR", tlsExporter}, {"ENDP", tlsServerEndPoint}, {"NONE", ""}}

const (
	seedSize    = 16        // bytes
	noteSeen    = time.Hour // how exact it is kept when a client was seen
	rotateAfter = 2         // a token is replaced when less than 1/rotateAfter of its life is left
)

// TokenMechanisms lists the mechanisms by which a client may sign in with a token, the preferred first: none where no other
// mechanism is offered, and never among them (XEP-0484 § 3.1).
func (s *Service) TokenMechanisms(domain string, c Channel) []string {
	if own := s.cfg.Of(domain); own.TokenDays == 0 || own.Anonymous || len(s.Mechanisms(domain, xmpp.JID{}, c)) == 0 {
		return nil
	}
	var names []string
	for _, t := range tokenBindings {
		if _, ok := c.tokenBinding(t.binding); ok {
			names = append(names, tokenHash+t.suffix)
		}
	}
	return names
}

func (c Channel) tokenBinding(kind string) ([]byte, bool) {
	if kind == "" {
		return nil, true
	}
	return c.binding(kind)
}

// held is a token that a client may have, or a decoy.
type held struct {
	storage.Token
	text string
	real int
}

// token is the text of a token. Storage has only the seed: whoever reads it there still lacks the secret.
func (s *Service) token(who, client, mechanism string, seed []byte) string {
	mac := hmac.New(sha256.New, s.tokenKey)
	for _, part := range []string{who, client, mechanism} {
		mac.Write([]byte(part))
		mac.Write([]byte{0})
	}
	mac.Write(seed)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// redeem is the server's side of signing in with a token (draft-schmaus-kitten-sasl-ht-09 § 3): user name NUL
// HMAC(token, "Initiator" || channel binding). Who has no account or no token is answered after the same work.
func (x *Exchange) redeem(_ *sasl.Negotiator, message []byte, _ any) (more bool, resp []byte, cache any, err error) {
	user, proof, ok := bytes.Cut(message, []byte{0})
	if !ok || len(proof) != sha256.Size {
		return false, nil, nil, malformed("not a user name and a proof")
	}
	who, err := x.find(string(user), "")
	if err != nil {
		return false, nil, nil, err
	}
	client, tokens, err := x.holds(who)
	if err != nil {
		return false, nil, nil, err
	}
	bound := x.bindingOf(x.Mechanism)
	var used *held
	expired := false
	err = x.admit(who, func() int {
		for i := range tokens {
			t := &tokens[i]
			if subtle.ConstantTimeCompare(proof, hmacText(t.text, "Initiator", bound))&t.real == 1 {
				used = t
			}
		}
		if used == nil || x.Redeem.Count != 0 && x.Redeem.Count <= used.Count { // XEP-0484 § 3.4: a replay
			return 0
		}
		if expired = !time.Now().Before(used.Expires); expired {
			return 0
		}
		return 1
	})
	if err == nil {
		err = x.note(client, tokens[:], used)
	}
	if err != nil {
		x.who = xmpp.JID{}
		if expired && who.real == 1 {
			err = fail(CredentialsExpired, "") // XEP-0484 § 4.2
		}
		return false, nil, nil, err
	}
	x.used, x.app = used, client.App
	return false, hmacText(used.text, "Responder", bound), nil, nil
}

func hmacText(key, role string, bound []byte) []byte {
	mac := hmac.New(sha256.New, []byte(key))
	mac.Write([]byte(role))
	mac.Write(bound)
	return mac.Sum(nil)
}

func (x *Exchange) bindingOf(mechanism string) []byte {
	for _, t := range tokenBindings {
		if tokenHash+t.suffix == mechanism {
			data, _ := x.Channel.tokenBinding(t.binding)
			return data
		}
	}
	return nil
}

// holds returns the client's tokens for the mechanism, always two: what there is not are decoys. A token of another
// mechanism is none (XEP-0484 § 3.4).
func (x *Exchange) holds(who subject) (storage.Client, [2]held, error) {
	s := x.service
	client, list, err := s.store.Tokens(x.ctx, who.jid, x.Client.ID)
	if err != nil {
		s.log.Error("tokens not readable", "account", who.name, "error", err)
		return client, [2]held{}, fail(TemporaryAuthFailure, "")
	}
	var tokens [2]held
	for i := range tokens {
		t := &tokens[i]
		t.Seed = make([]byte, seedSize)
		if i < len(list) && list[i].Mechanism == x.Mechanism {
			t.Token, t.real = list[i], 1
		}
		t.text = s.token(who.name, x.Client.ID, x.Mechanism, t.Seed)
	}
	return client, tokens, nil
}

// note keeps that a token was used: what is older is worth nothing from now on (XEP-0484 § 3.5), nor is the token itself if the
// client wants that (§ 3.6).
func (x *Exchange) note(client storage.Client, tokens []held, used *held) error {
	s, now := x.service, time.Now()
	var err error
	switch {
	case x.Redeem.Invalidate:
		err = s.store.RemoveClient(x.ctx, x.who, x.Client.ID)
	case used.Fresh, x.Redeem.Count != 0, now.Sub(client.Seen) > noteSeen,
		slices.ContainsFunc(tokens, func(t held) bool { return t.real == 1 && t.Expires.Before(used.Expires) }):
		err = s.store.UseToken(x.ctx, x.who, x.Client.ID, used.Seed, x.Redeem.Count, now)
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotFound), errors.Is(err, storage.ErrConflict): // used elsewhere a moment ago
		return notAuthorized()
	}
	s.log.Error("use of a token not kept", "account", x.who.String(), "error", err)
	return fail(TemporaryAuthFailure, "")
}

// Token gives who has signed in a token for the next time: for the mechanism that the client asks for (XEP-0484 § 3.3), or,
// where it asks for none and has used one that is getting old, in the place of that (§ 3.5). It is "" for none: whose sign-in
// another program vouched for needs that program the next time, too, and who has a certificate needs that; a guest has
// no next time.
func (x *Exchange) Token(ctx context.Context, mechanism string) (token string, expires time.Time) {
	s, who, now := x.service, x.JID(), time.Now()
	life := time.Duration(s.cfg.Of(x.Domain).TokenDays) * 24 * time.Hour
	if mechanism == "" && x.used != nil && !x.Redeem.Invalidate && x.used.Expires.Sub(now) < life/rotateAfter {
		mechanism = x.Mechanism
	}
	if who.IsZero() || x.grant != nil || x.certified || x.guest || x.Client.ID == "" || !slices.Contains(s.TokenMechanisms(x.Domain, x.Channel), mechanism) {
		return "", time.Time{}
	}
	seed := make([]byte, seedSize)
	rand.Read(seed) // never fails (crypto/rand)
	expires = now.Add(life).UTC().Truncate(time.Second)
	s.change.RLock() // whoever changes the password comes before, and then nothing holds, or after, and removes it
	defer s.change.RUnlock()
	if !s.Holds(who, x.since) {
		return "", time.Time{}
	}
	err := s.store.PutToken(ctx, who,
		storage.Client{ID: x.Client.ID, Software: x.Client.Software, Device: x.Client.Device, First: now, Seen: now, App: x.app},
		storage.Token{Mechanism: mechanism, Seed: seed, Fresh: true, Expires: expires}, s.cfg.Of(x.Domain).TokenClients)
	if err != nil {
		s.log.Error("token not kept", "account", who.String(), "error", err)
		return "", time.Time{}
	}
	return s.token(who.String(), x.Client.ID, mechanism, seed), expires
}

package account

import (
	"crypto/subtle"
	"encoding/base64"
	"slices"
	"strconv"
	"strings"

	"mellium.im/sasl"

	"myna/storage"
)

// scram is the server's side of one exchange (RFC 5802). What it learns on the way is in scramState, which the
// negotiator keeps between the steps.
type scram struct {
	hash    scramHash
	plus    bool   // the mechanism is the one with channel binding
	offered bool   // the one with channel binding is offered on this channel
	lenient bool   // a client that says it was not is believed
	nonce   string // our part
	shown   string // the hash of what the client was shown; "" for none
	binding func(kind string) ([]byte, bool)
	find    func(user, authzid string, hashes ...scramHash) (subject, error)
	admit   func(who *subject, proof func() int) (storage.Credential, error)
}

// scramState is what the second step needs of the first.
type scramState struct {
	who        subject
	nonce      string // both parts
	cbindings  []byte // what c= must hold: gs2 header and channel binding data
	transcript []byte // client-first-message-bare "," server-first-message
}

func (s *scram) mechanism() sasl.Mechanism {
	name := s.hash.name
	if s.plus {
		name += plusSuffix
	}
	return sasl.Mechanism{Name: name, Next: s.next}
}

func (s *scram) next(_ *sasl.Negotiator, message []byte, data any) (more bool, resp []byte, cache any, err error) {
	if state, ok := data.(*scramState); ok {
		resp, err = s.final(message, state)
		return false, resp, nil, err
	}
	resp, state, err := s.first(message)
	if err != nil {
		return false, nil, nil, err
	}
	return true, resp, state, nil
}

// first answers the client-first-message with salt and iteration count (RFC 5802 § 3, § 5).
func (s *scram) first(message []byte) ([]byte, *scramState, error) {
	m, err := parseClientFirst(message)
	if err != nil {
		return nil, nil, err
	}
	data, err := s.bind(m)
	if err != nil {
		return nil, nil, err
	}
	who, err := s.find(m.user, m.authzid, s.hash)
	if err != nil {
		return nil, nil, err
	}
	both := m.nonce + s.nonce
	resp := "r=" + both + ",s=" + base64.StdEncoding.EncodeToString(who.salt) +
		",i=" + strconv.Itoa(who.iter)
	if s.shown != "" {
		resp += ",h=" + s.shown
	}
	return []byte(resp), &scramState{
		who:        who,
		nonce:      both,
		cbindings:  append([]byte(m.gs2), data...),
		transcript: append(append([]byte(m.bare), ','), resp...),
	}, nil
}

// shown is the hash of what the server has announced (XEP-0474 § 6.1): as part of the transcript it is under the
// protection of the password, and a client sees whether somebody has taken out what is strong.
func shown(h scramHash, mechanisms, bindings []string) string {
	if len(mechanisms) == 0 {
		return ""
	}
	text := strings.Join(slices.Sorted(slices.Values(mechanisms)), "\x1e")
	if len(bindings) > 0 {
		text += "\x1f" + strings.Join(slices.Sorted(slices.Values(bindings)), "\x1e")
	}
	return base64.StdEncoding.EncodeToString(h.sum([]byte(text)))
}

// bind checks the channel binding flag against the mechanism and what we offered, and returns the channel's data
// (RFC 5802 § 6). All of it depends on the client's message and the channel only, never on the account.
func (s *scram) bind(m clientFirst) ([]byte, error) {
	switch {
	case m.flag == 'p' && !s.plus:
		return nil, malformed("channel binding with a mechanism without it")
	case m.flag != 'p' && s.plus:
		return nil, malformed("no channel binding with a mechanism that has it")
	case m.flag == 'y' && s.offered && !s.lenient: // somebody took the mechanisms with channel binding out of the list
		return nil, fail(NotAuthorized, "channel binding is offered, but the client did not see it")
	case m.flag != 'p':
		return nil, nil
	}
	data, ok := s.binding(m.cbType)
	if !ok {
		f := fail(NotAuthorized, "channel binding of this type is not supported")
		f.ForeignBinding = true
		return nil, f
	}
	return data, nil
}

// final checks the client-final-message and answers with our own proof (RFC 5802 § 3).
func (s *scram) final(message []byte, state *scramState) ([]byte, error) {
	m, err := parseClientFinal(message)
	if err != nil {
		return nil, err
	}
	if subtle.ConstantTimeCompare([]byte(m.nonce), []byte(state.nonce)) != 1 {
		return nil, fail(NotAuthorized, "the nonce is not the one agreed on")
	}
	if subtle.ConstantTimeCompare(m.cbindings, state.cbindings) != 1 {
		return nil, fail(NotAuthorized, "the channel bindings don't match")
	}
	auth := append(append(state.transcript, ','), m.withoutProof...)
	cred, err := s.admit(&state.who, func() int {
		if len(m.proof) != s.hash.size {
			return -1
		}
		return state.who.compare(func(k *storage.Credential) int {
			key := s.hash.mac(k.StoredKey, auth) // the ClientSignature, which hides the ClientKey in the proof
			subtle.XORBytes(key, key, m.proof)
			return subtle.ConstantTimeCompare(s.hash.sum(key), k.StoredKey)
		})
	})
	if err != nil {
		return nil, err
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(s.hash.mac(cred.ServerKey, auth))), nil
}

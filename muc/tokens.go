package muc

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"mellium.im/xmpp/stanza"

	"myna/storage"
	"myna/xmpp"
)

// nsTokens are invitations by tokens (XEP-0488): who enters with one becomes a member.
const nsTokens = "urn:xmpp:muc-token-invite:0"

// docTokens is the document of a room's tokens, as JSON.
const docTokens = "tokens"

// Limits of tokens.
const (
	maxTokenTime = 30 * 24 * time.Hour // and what a token without a limit gets (§ 4)
	maxTokenUses = 1 << 31
)

// token lets people in whose address is not known.
type token struct {
	Text    string    `json:"text"`
	Creator string    `json:"creator"`        // bare address
	Until   time.Time `json:"until"`          // the end
	Uses    int64     `json:"uses,omitempty"` // how often it still can be used; 0: any number
}

// element is the token as those see it who may revoke it.
func (t *token) element(now time.Time) *xmpp.Element {
	e := xmpp.El(nsTokens, "token").AddText(t.Text).Set("delay", strconv.FormatInt(int64(t.Until.Sub(now)/time.Second), 10))
	if t.Uses > 0 {
		e.Set("counter", strconv.FormatInt(t.Uses, 10))
	}
	return e.Set("creator", t.Creator)
}

// hasTokens tells whether a room has invitations by tokens: it lasts, and people made it. r.mu is held.
func (r *room) hasTokens() bool {
	return r.s.Docs != nil && r.group.IsZero() && r.conf.Persistent && !r.locked
}

// mayMakeTokens tells whether an affiliation allows to make tokens (§ 7). r.mu is held.
func (r *room) mayMakeTokens(aff Affiliation) bool {
	return aff >= Admin || aff == Member && r.conf.AllowInvites
}

// creatorOf is the affiliation that the creator of a token has now. r.mu is held.
func (r *room) creatorOf(t *token) Affiliation {
	j, err := xmpp.ParseJID(t.Creator)
	if err != nil {
		return None
	}
	return r.affiliation(j)
}

// tokenQuery makes, lists and revokes tokens (XEP-0488 § 3.2, § 3.6, § 3.7).
func (r *room) tokenQuery(q *request) (*xmpp.Element, error) {
	bare := q.From.Bare()
	aff, err := under(r, func() (Affiliation, error) {
		switch aff := r.affiliation(bare); {
		case !r.hasTokens():
			return aff, r.refuse(stanza.ServiceUnavailable, "")
		case r.mayMakeTokens(aff):
			return aff, nil
		}
		return None, r.refuse(stanza.Forbidden, "You may not invite people to this room.")
	})
	if err != nil {
		return nil, err
	}
	mine := func(t *token) bool { return aff >= Admin || t.Creator == bare.String() }
	switch {
	case q.payload.Is(nsTokens, "request") && q.Type == xmpp.TypeSet:
		return r.makeToken(q)
	case q.payload.Is(nsTokens, "tokens") && q.Type == xmpp.TypeGet:
		e := xmpp.El(nsTokens, "tokens")
		err := r.editTokens(r.s.ctx, func(list []token) ([]token, error) {
			for i := range list {
				if mine(&list[i]) {
					e.Add(list[i].element(r.s.Now()))
				}
			}
			return nil, nil
		})
		return e, err
	case q.payload.Is(nsTokens, "revoke") && q.Type == xmpp.TypeSet:
		text := q.payload.Text()
		return nil, r.editTokens(r.s.ctx, func(list []token) ([]token, error) {
			i := slices.IndexFunc(list, func(t token) bool { return t.Text == text && mine(&t) })
			if i < 0 {
				return nil, r.refuse(stanza.ItemNotFound, "There is no such token.")
			}
			return slices.Delete(list, i, i+1), nil
		})
	}
	return nil, r.refuse(stanza.BadRequest, "The request asks for nothing that can be done with tokens.")
}

// makeToken makes a token within the limits of the server (§ 3.3).
func (r *room) makeToken(q *request) (*xmpp.Element, error) {
	now := r.s.Now()
	t := token{Text: xmpp.NewID() + xmpp.NewID(), Creator: q.From.Bare().String(), Until: now.Add(maxTokenTime)}
	for name, take := range map[string]func(int64){
		"delay":   func(n int64) { t.Until = now.Add(time.Duration(min(n, int64(maxTokenTime/time.Second))) * time.Second) },
		"counter": func(n int64) { t.Uses = min(n, maxTokenUses) },
	} {
		v, given := q.payload.LookupAttr("", name)
		if !given {
			continue
		}
		n, err := strconv.ParseUint(v, 10, 32)
		if err != nil || n == 0 {
			return nil, r.refuse(stanza.BadRequest, "The limits of a token are numbers from 1 on.")
		}
		take(int64(n))
	}
	err := r.editTokens(r.s.ctx, func(list []token) ([]token, error) {
		if most := r.config().Tokens; len(list) >= most {
			return nil, r.refuse(stanza.ResourceConstraint, "This room has as many tokens as one may have: "+itoa(most)+". Revoke one first.")
		}
		return append(list, t), nil
	})
	return t.element(now), err
}

// editTokens changes the tokens that are good, unless edit returns nil.
func (r *room) editTokens(ctx context.Context, edit func([]token) ([]token, error)) error {
	return r.changing(func() error { return r.changeTokens(ctx, edit) })
}

// changeTokens is editTokens. r.change is held.
func (r *room) changeTokens(ctx context.Context, edit func([]token) ([]token, error)) error {
	var list []token
	b, err := r.s.Docs.Doc(ctx, r.jid, docSpace, docTokens)
	if err != nil && !errors.Is(err, storage.ErrNotFound) {
		return err
	}
	if err == nil {
		if err := json.Unmarshal(b, &list); err != nil {
			return err
		}
	}
	now := r.s.Now()
	list = slices.DeleteFunc(list, func(t token) bool { return !t.Until.After(now) })
	next, err := edit(list)
	if err != nil || next == nil {
		return err
	}
	if b, err = json.Marshal(next); err != nil {
		return err
	}
	return r.s.Docs.PutDoc(ctx, r.jid, docSpace, docTokens, b)
}

// redeem makes somebody a member who enters with a token and has no affiliation (§ 3.5); who has one needs none, and the
// token is not used up (§ 4). What is no token may be the password.
func (r *room) redeem(e *entry) error {
	bare, worth := e.from.Bare(), false
	r.do(func() { worth = e.password != "" && r.hasTokens() && r.affiliation(bare) == None })
	if !worth {
		return nil
	}
	return r.changing(func() error {
		err := r.changeTokens(r.s.ctx, func(list []token) ([]token, error) {
			i := slices.IndexFunc(list, func(t token) bool { return subtle.ConstantTimeCompare([]byte(t.Text), []byte(e.password)) == 1 })
			if i < 0 || list[i].Creator == bare.String() { // nobody makes oneself a member
				return nil, nil
			}
			good := false
			if r.do(func() { good = r.mayMakeTokens(r.creatorOf(&list[i])) }); !good { // what somebody has granted ends with the right to
				return slices.Delete(list, i, i+1), nil
			}
			e.invited = true
			switch t := &list[i]; t.Uses {
			case 0:
				return nil, nil
			case 1:
				return slices.Delete(list, i, i+1), nil
			default:
				t.Uses--
			}
			return list, nil
		})
		if err != nil || !e.invited {
			return err
		}
		var from standing
		r.do(func() { from = r.affs[bare] })
		return r.move(r.s.ctx, []shiftOf{{bare, from, standing{aff: Member, nick: from.nick}, ""}}, mover{own: true})
	})
}

// noEntry is why somebody without affiliation does not come into a room for members only: not a member, or with a token that is none.
func (r *room) noEntry(e *entry) error {
	if e.password == "" || r.conf.Protected || !r.hasTokens() {
		return r.refuse(stanza.RegistrationRequired, "Only members may enter this room.") // § 7.2.6
	}
	return r.refuse(stanza.NotAuthorized, "This invitation has expired.").WithApp(xmpp.El(nsTokens, "expired-token"))
}

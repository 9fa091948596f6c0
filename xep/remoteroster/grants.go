package remoteroster

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"sync"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// space is where an account's grants are, each under the address of its entity.
const space = "remoteroster"

// What an account has said to an entity.
const (
	stateAsked    = "asked"
	stateAllowed  = "allowed"
	stateRejected = "rejected"
)

// patience is how long an entity waits before its account is asked again: a question that is open is not repeated, and a no
// counts for a while.
const patience = 24 * time.Hour

// grant is what is between an account and an entity.
type grant struct {
	Entity    xmpp.JID  `json:"-"`
	Via       xmpp.JID  `json:"-"` // the address that the entity has asked from
	State     string    `json:"state"`
	Reason    string    `json:"reason,omitempty"`
	Challenge string    `json:"challenge,omitempty"` // § 4.1: which question an answer is to
	At        time.Time `json:"at"`                  // when that was said, or asked
	From      string    `json:"from,omitempty"`      // Via, as it is kept
	Created   time.Time `json:"created,omitzero"`    // the entity, where it is an account of ours: another one of its address is somebody else
}

// grants keeps what accounts have said.
type grants struct {
	docs    storage.Docs
	created func(entity xmpp.JID) time.Time // zero where that is no account of ours
	change  sync.Mutex                      // held from reading a grant to writing it changed
}

// of returns a grant; one without state where there is none.
func (x *grants) of(ctx context.Context, account, entity xmpp.JID) (grant, error) {
	data, err := x.docs.Doc(ctx, account, space, entity.String())
	if errors.Is(err, storage.ErrNotFound) {
		return grant{Entity: entity}, nil
	}
	if err != nil {
		return grant{}, err
	}
	g, err := decode(entity, data)
	if err == nil && !x.holds(&g) {
		return grant{Entity: entity}, nil
	}
	return g, err
}

// holds tells whether the entity is still the one that was meant. What is left of one that was deleted is removed later, or replaced.
func (x *grants) holds(g *grant) bool { return g.Created.Equal(x.created(g.Entity)) }

func decode(entity xmpp.JID, data []byte) (g grant, err error) {
	if err := json.Unmarshal(data, &g); err != nil {
		return g, fmt.Errorf("read grant of %s: %w", entity, err)
	}
	g.Entity, g.Via = entity, entity
	if via, err := xmpp.ParseJID(g.From); err == nil {
		g.Via = via
	}
	return g, nil
}

func (x *grants) put(ctx context.Context, account xmpp.JID, g *grant) error {
	g.From = g.Via.String()
	data, err := json.Marshal(g)
	if err != nil {
		return err
	}
	return x.docs.PutDoc(ctx, account, space, g.Entity.String(), data)
}

// all lists what an account has said, by entity.
func (x *grants) all(ctx context.Context, account xmpp.JID) ([]grant, error) {
	docs, err := x.docs.ListDocs(ctx, account, space)
	if err != nil {
		return nil, err
	}
	list := make([]grant, 0, len(docs))
	for _, key := range slices.Sorted(maps.Keys(docs)) {
		entity, err := xmpp.ParseJID(key)
		if err != nil {
			return nil, fmt.Errorf("read grants of %s: %w", account, err)
		}
		g, err := decode(entity, docs[key])
		if err != nil {
			return nil, err
		}
		if x.holds(&g) {
			list = append(list, g)
		}
	}
	return list, nil
}

// ask notes that an entity asks. It returns what there is between the two, and whether that is a new question.
func (x *grants) ask(ctx context.Context, account xmpp.JID, asked grant) (g grant, fresh bool, err error) {
	x.change.Lock()
	defer x.change.Unlock()
	if g, err = x.of(ctx, account, asked.Entity); err != nil {
		return g, false, err
	}
	if g.State == stateAllowed || g.State != "" && asked.At.Sub(g.At) < patience {
		g.Via = asked.Via
		return g, false, x.put(ctx, account, &g)
	}
	asked.State, asked.Challenge, asked.Created = stateAsked, challenge(), x.created(asked.Entity)
	return asked, true, x.put(ctx, account, &asked)
}

// challenge is a number that people can type.
func challenge() string {
	n, _ := rand.Int(rand.Reader, big.NewInt(90_000_000)) // rand.Reader does not fail
	return fmt.Sprint(10_000_000 + n.Int64())
}

// decide notes the answer to a question; storage.ErrNotFound where it is not open.
func (x *grants) decide(ctx context.Context, account xmpp.JID, challenge string, yes bool, at time.Time) (grant, error) {
	x.change.Lock()
	defer x.change.Unlock()
	list, err := x.all(ctx, account)
	if err != nil {
		return grant{}, err
	}
	for _, g := range list {
		if g.State != stateAsked || g.Challenge != challenge {
			continue
		}
		g.State, g.Challenge, g.At = stateRejected, "", at
		if yes {
			g.State = stateAllowed
		}
		return g, x.put(ctx, account, &g)
	}
	return grant{}, storage.ErrNotFound
}

// take ends what was allowed; storage.ErrNotFound where nothing was.
func (x *grants) take(ctx context.Context, account, entity xmpp.JID, at time.Time) (grant, error) {
	x.change.Lock()
	defer x.change.Unlock()
	g, err := x.of(ctx, account, entity)
	if err != nil {
		return g, err
	}
	if g.State != stateAllowed {
		return g, storage.ErrNotFound
	}
	g.State, g.At = stateRejected, at
	return g, x.put(ctx, account, &g)
}

// drop forgets an entity. It returns what was there.
func (x *grants) drop(ctx context.Context, account, entity xmpp.JID) (grant, error) {
	x.change.Lock()
	defer x.change.Unlock()
	g, err := x.of(ctx, account, entity)
	if err != nil {
		return g, err
	}
	return g, x.docs.DeleteDoc(ctx, account, space, entity.String())
}

package admin

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Where keys are kept: documents of a name that no host can have (RFC 2606 § 2).
const (
	keyOwner = "server.invalid"
	keySpace = "api-key"
)

// maxKeys bounds the keys of the server, those of its domains among them.
const maxKeys = 10_000

// keyPrefix begins the text of a key, so that programs which look for secrets in files find it: myna_ID_SECRET.
const keyPrefix = "myna_"

// Key is a key of the HTTP API, without its secret.
type Key struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	Domain  string    `json:"domain,omitempty"` // it administers this domain; empty: the server
	Created time.Time `json:"created"`
	By      string    `json:"by"` // who made it
}

// keptKey is a key as it is stored.
type keptKey struct {
	Key
	Hash []byte `json:"hash"` // SHA-256 of its text, which has 256 random bits
}

// CreateKey asks for a key.
type CreateKey struct {
	Name   string `json:"name"`             // what it is for
	Domain string `json:"domain,omitempty"` // empty: for the server
}

// CreatedKey is a new key. Text is what programs send; it is not told again.
type CreatedKey struct {
	Key
	Text string `json:"key"`
}

// CreateKey makes a key.
func (a *Admin) CreateKey(ctx context.Context, who Actor, r CreateKey) (CreatedKey, error) {
	var none CreatedKey
	r.Name = strings.TrimSpace(r.Name)
	if r.Name == "" {
		return none, refuse(Invalid, "key-name-missing", "a name is needed that says what the key is for, such as webmail")
	}
	if err := plainText("name", r.Name, 64); err != nil {
		return none, err
	}
	domain := ""
	var err error
	if r.Domain == "" {
		err = a.server(who)
	} else {
		domain, err = a.listed(who, r.Domain)
	}
	if err != nil {
		return none, err
	}
	all, err := a.keys(ctx)
	if err != nil {
		return none, err
	}
	if len(all) >= maxKeys {
		return none, refuse(Conflict, "keys-full", "there are %d keys already; revoke some that are not used", len(all))
	}
	secret := make([]byte, 32)
	rand.Read(secret) // never fails (crypto/rand)
	k := Key{ID: strings.ToLower(rand.Text()[:12]), Name: r.Name, Domain: domain, Created: a.now(), By: who.Name}
	text := keyPrefix + k.ID + "_" + base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(text))
	data, err := json.Marshal(keptKey{k, sum[:]})
	if err != nil {
		return none, err
	}
	owner, err := xmpp.ParseJID(keyOwner)
	if err == nil {
		err = a.Store.PutDoc(ctx, owner, keySpace, k.ID, data)
	}
	if err != nil {
		return none, stored(err, "write key", k.ID)
	}
	a.auditKey(ctx, who, "key.create", nil, k)
	return CreatedKey{k, text}, nil
}

// auditKey writes a line about a key; its object is the domain that it is for.
func (a *Admin) auditKey(ctx context.Context, who Actor, action string, before any, k Key) {
	var after any = k
	if before != nil {
		after = nil
	}
	object, err := xmpp.ParseJID(cmp.Or(k.Domain, "server"))
	if err != nil {
		a.Log.Error("change is missing in the audit log", "action", action, "actor", who.Name, "err", err)
		return
	}
	a.audit(ctx, who, action, object, before, after)
}

// ListKeys asks for the keys of a domain; "" is all that the actor administers.
type ListKeys struct {
	Domain string `json:"domain,omitempty"`
}

// ListKeys lists keys, the oldest first.
func (a *Admin) ListKeys(ctx context.Context, who Actor, r ListKeys) ([]Key, error) {
	domain, err := a.listed(who, r.Domain)
	if err != nil {
		return nil, err
	}
	all, err := a.keys(ctx)
	if err != nil {
		return nil, err
	}
	list := []Key{}
	for _, k := range all {
		if domain == "" || k.Domain == domain {
			list = append(list, k.Key)
		}
	}
	slices.SortFunc(list, func(x, y Key) int { return cmp.Or(x.Created.Compare(y.Created), cmp.Compare(x.ID, y.ID)) })
	return list, nil
}

func (a *Admin) keys(ctx context.Context) ([]keptKey, error) {
	owner, err := xmpp.ParseJID(keyOwner)
	if err != nil {
		return nil, err
	}
	docs, err := a.Store.ListDocs(ctx, owner, keySpace)
	if err != nil {
		return nil, stored(err, "list keys", "")
	}
	list := make([]keptKey, 0, len(docs))
	for id, data := range docs {
		var k keptKey
		if err := json.Unmarshal(data, &k); err != nil {
			return nil, fmt.Errorf("read key %s: %w", id, err)
		}
		list = append(list, k)
	}
	return list, nil
}

// key reads one key; storage.ErrNotFound where there is none.
func (a *Admin) key(ctx context.Context, id string) (keptKey, error) {
	var k keptKey
	owner, err := xmpp.ParseJID(keyOwner)
	if err != nil {
		return k, err
	}
	data, err := a.Store.Doc(ctx, owner, keySpace, id)
	if err == nil {
		err = json.Unmarshal(data, &k)
	}
	return k, err
}

// RevokeKey asks to revoke a key.
type RevokeKey struct {
	ID string `json:"id"`
}

// RevokeKey revokes a key: requests with it are refused from now on. It returns the key.
func (a *Admin) RevokeKey(ctx context.Context, who Actor, r RevokeKey) (Key, error) {
	k, err := a.key(ctx, r.ID)
	if err == nil && a.server(who) != nil && a.domain(who, k.Domain) != nil {
		err = storage.ErrNotFound // nobody learns of keys of others
	}
	if err != nil {
		return Key{}, stored(err, "read key", r.ID)
	}
	owner, err := xmpp.ParseJID(keyOwner)
	if err == nil {
		err = a.Store.DeleteDoc(ctx, owner, keySpace, r.ID)
	}
	if err != nil {
		return Key{}, stored(err, "revoke key", r.ID)
	}
	a.auditKey(ctx, who, "key.revoke", k.Key, k.Key)
	return k.Key, nil
}

// Holder is the actor of a key of the HTTP API; false for a text that is none, and for a key of a domain that is not served any
// more. Its time does not depend on how much of the secret is right.
func (a *Admin) Holder(ctx context.Context, text string) (Actor, bool, error) {
	rest, ok := strings.CutPrefix(text, keyPrefix)
	id, secret, found := strings.Cut(rest, "_")
	if !ok || !found || len(text) > 128 || id == "" || secret == "" {
		return Actor{}, false, nil
	}
	k, err := a.key(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		return Actor{}, false, nil
	}
	if err != nil {
		return Actor{}, false, fmt.Errorf("read key: %w", err)
	}
	sum := sha256.Sum256([]byte(text))
	if subtle.ConstantTimeCompare(sum[:], k.Hash) != 1 || k.Domain != "" && a.served(k.Domain) != nil {
		return Actor{}, false, nil
	}
	who := Actor{Name: "key " + k.ID + " (" + k.Name + ")", Role: storage.ServerAdmin, Door: "api"}
	if k.Domain != "" {
		who.Role, who.Domain = storage.DomainAdmin, k.Domain
	}
	return who, true, nil
}

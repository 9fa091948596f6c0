// Package privatestorage keeps small documents of clients for their users (XEP-0049), each under its name. Bookmarks are
// not among them: they have a form of their own.
package privatestorage

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"mellium.im/xmpp/stanza"

	"myna/config"
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// space is where the documents are kept.
const space = "private"

// maxName bounds the name of a document, in bytes of its namespace and element: it is a key in storage.
const maxName = 500

// Bookmarks keeps bookmarks (XEP-0048). s is the client's session, or nil.
type Bookmarks interface {
	Storage(ctx context.Context, s hook.Session, owner xmpp.JID) (*xmpp.Element, error)
	SetStorage(ctx context.Context, s hook.Session, owner xmpp.JID, list *xmpp.Element) error
	// Add adds bookmarks, each for itself. tell is called with what becomes of each: added is false where there is one already, or
	// with an *xmpp.Refusal. With dry nothing is kept.
	Add(ctx context.Context, owner xmpp.JID, list []*xmpp.Element, dry bool, tell func(added bool, refused error)) error
}

// Private is the module.
type Private struct {
	config    *config.Options[Config]
	docs      storage.Docs
	bookmarks Bookmarks
}

// New returns the module. bookmarks takes what is named storage:bookmarks.
func New(c *config.Options[Config], docs storage.Docs, bookmarks Bookmarks) *Private {
	return &Private{c, docs, bookmarks}
}

// Register names what it does.
func (p *Private) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "XEP-0049", Version: "1.2", Status: hook.Complete})
	r.Feature(hook.Server, ns.Private)
	r.Feature(hook.Account, ns.Private)
	r.IQ(hook.Account, xmpp.TypeGet, ns.Private, "query", p.read)
	r.IQ(hook.Account, xmpp.TypeSet, ns.Private, "query", p.write)
}

// read answers with a document, or the empty element that asked for it (§ 2.3).
func (p *Private) read(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	asked, err := parts(q)
	if err != nil {
		return nil, err
	}
	if len(asked) > 1 {
		return nil, xmpp.Refuse(stanza.NotAcceptable, "One document is read at a time.")
	}
	e := asked[0]
	result := xmpp.El(ns.Private, "query")
	if e.Is(ns.StorageBookmark, "storage") {
		list, err := p.bookmarks.Storage(ctx, q.Session, q.Owner)
		if err != nil {
			return nil, err
		}
		return result.Add(list), nil
	}
	data, err := p.docs.Doc(ctx, q.Owner, space, name(e))
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return result.Add(xmpp.El(e.Space, e.Local)), nil
	case err != nil:
		return nil, err
	}
	return result.AddRaw(data), nil
}

// write keeps documents, all of them or none.
func (p *Private) write(ctx context.Context, q *hook.Request) (*xmpp.Element, error) {
	given, err := parts(q)
	if err != nil {
		return nil, err
	}
	docs := map[string][]byte{}
	var list *xmpp.Element
	for _, e := range given {
		if e.Is(ns.StorageBookmark, "storage") {
			list = e
			continue
		}
		data := e.Append(nil, "")
		if most := p.config.Of(q.Owner.Domain()).DocumentBytes; len(data) > most {
			return nil, xmpp.Refuse(stanza.PolicyViolation, fmt.Sprintf("A document may have %d bytes; this one has %d.", most, len(data)))
		}
		docs[name(e)] = data
	}
	if len(docs) > 0 {
		if err := p.fits(ctx, q.Owner, docs); err != nil {
			return nil, err
		}
		if err := p.docs.PutDocs(ctx, q.Owner, space, docs); err != nil {
			return nil, err
		}
	}
	if list == nil {
		return nil, nil
	}
	return nil, p.bookmarks.SetStorage(ctx, q.Session, q.Owner, list)
}

// fits tells whether an account may keep more documents.
func (p *Private) fits(ctx context.Context, owner xmpp.JID, more map[string][]byte) error {
	have, err := p.docs.DocKeys(ctx, owner, space)
	if err != nil {
		return err
	}
	n := len(have)
	for key := range more {
		if !slices.Contains(have, key) {
			n++
		}
	}
	if most := p.config.Of(owner.Domain()).Documents; n > most && n > len(have) {
		return xmpp.Refuse(stanza.ResourceConstraint, fmt.Sprintf("An account may have %d documents.", most))
	}
	return nil
}

// parts are the documents of a request, one at least (§ 2.3, § 3).
func parts(q *hook.Request) ([]*xmpp.Element, error) {
	if !q.Own() {
		return nil, xmpp.Refuse(stanza.Forbidden, "")
	}
	var list []*xmpp.Element
	for e := range q.Payload.Elements() {
		if e.Space == "" || e.Space == ns.Private || len(e.Space)+len(e.Local) > maxName {
			return nil, xmpp.Refuse(stanza.NotAcceptable, fmt.Sprintf("A document needs a namespace of its own, and a name of %d bytes with it at most.", maxName))
		}
		list = append(list, e)
	}
	if len(list) == 0 {
		return nil, xmpp.Refuse(stanza.NotAcceptable, "There is no document named.")
	}
	return list, nil
}

// name is the key of a document; no namespace has a space in it.
func name(e *xmpp.Element) string { return e.Space + " " + e.Local }

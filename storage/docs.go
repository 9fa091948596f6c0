package storage

import (
	"context"

	"myna/xmpp"
)

// SpaceDeparted is the space of the accounts of a domain that were deleted, and of which rooms keep something still: owner the domain, key
// the localpart. DeleteAccount writes it in its transaction, the rooms remove it.
const SpaceDeparted = "departed"

// Docs keeps small documents of an account, a room or a host, so that a small module needs no schema of its own:
// owner → space (the module's name) → key → bytes.
type Docs interface {
	// Doc returns a document or ErrNotFound.
	Doc(ctx context.Context, owner xmpp.JID, space, key string) ([]byte, error)
	// PutDoc writes a document.
	PutDoc(ctx context.Context, owner xmpp.JID, space, key string, data []byte) error
	// PutDocs writes and (with nil data) deletes several documents of one space in one transaction.
	PutDocs(ctx context.Context, owner xmpp.JID, space string, docs map[string][]byte) error
	// DeleteDoc removes a document; removing what is not there is no error.
	DeleteDoc(ctx context.Context, owner xmpp.JID, space, key string) error
	// DocKeys returns the keys of a space's documents.
	DocKeys(ctx context.Context, owner xmpp.JID, space string) ([]string, error)
	// ListDocs returns a space's documents by key.
	ListDocs(ctx context.Context, owner xmpp.JID, space string) (map[string][]byte, error)
}

package privatestorage

import (
	"context"
	"io"
	"maps"
	"slices"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Export writes the documents of an account (XEP-0227 § 4.6). Bookmarks are items of publish-subscribe, and stand there.
func (p *Private) Export(ctx context.Context, account xmpp.JID, w io.Writer) error {
	docs, err := p.docs.ListDocs(ctx, account, space)
	if err != nil || len(docs) == 0 {
		return err
	}
	query := xmpp.El(ns.Private, "query")
	for _, key := range slices.Sorted(maps.Keys(docs)) {
		query.AddRaw(docs[key])
	}
	_, err = w.Write(query.Append(nil, ""))
	return err
}

package server

import (
	"myna/hook"
	"myna/xep/bookmarks"
	"myna/xep/privatestorage"
)

func buildBookmarks(p *parts) (hook.Module, error) {
	p.bookmarks = bookmarks.New(bookmarks.Options{PubSub: p.pubsub, Docs: p.store, Logger: p.log})
	return p.bookmarks, nil
}

func buildPrivate(p *parts) (hook.Module, error) {
	m := privatestorage.New(p.store, p.bookmarks)
	p.kept = append(p.kept, m)
	return m, nil
}

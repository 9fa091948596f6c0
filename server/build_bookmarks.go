package server

import (
	"myna/config"
	"myna/hook"
	"myna/xep/bookmarks"
	"myna/xep/privatestorage"
)

func buildBookmarks(p *parts) (hook.Module, error) {
	p.bookmarks = bookmarks.New(bookmarks.Options{Config: p.options.(*config.Options[bookmarks.Config]), PubSub: p.pubsub, Docs: p.store, Logger: p.log})
	return p.bookmarks, nil
}

func buildPrivate(p *parts) (hook.Module, error) {
	m := privatestorage.New(p.options.(*config.Options[privatestorage.Config]), p.store, p.bookmarks)
	p.kept = append(p.kept, m)
	return m, nil
}

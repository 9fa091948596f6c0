package sqldb

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/fold"
	"myna/xmpp/ns"
)

// Texts is an engine's full text index of archived stanzas, beside the table archive_text_head.
type Texts struct {
	Insert string // of the words $2 of the stanza with the id $1
	Delete string // of the stanza with the id $1, whether it is there or not
	// Match is a query for the ids that an expression finds, behind an id; both are places in the statement: "$3".
	Match func(expression, after string) string
	// Expression is what finds all phrases, in each of which the last word may be the beginning of a longer one. Words hold
	// letters and digits only.
	Expression func(phrases [][]string) string
}

const (
	maxText    = 32 << 10 // bytes of a stanza's text that can be found
	maxPhrases = 16       // of one search
)

// textHead returns the id up to which an archive is in the full text index.
func (c *conn) textHead(ctx context.Context, owner int64) (id int64, err error) {
	err = c.one(ctx, `SELECT id FROM archive_text_head WHERE owner = $1`, []any{owner}, &id)
	if errors.Is(err, storage.ErrNotFound) {
		err = nil
	}
	return id, err
}

// addTexts writes the words of stanzas that follow the head from, as far as they are still there. Where another search was
// faster it does nothing.
func (t *tx) addTexts(ctx context.Context, owner, from int64, list []storage.Record, texts []string) error {
	head, err := t.textHead(ctx, owner)
	if err != nil || head != from {
		return err
	}
	for i := range list {
		if texts[i] == "" {
			continue
		}
		var now []byte
		err := t.one(ctx, `SELECT stanza FROM archive WHERE id = $1 AND owner = $2`, []any{list[i].ID, owner}, &now)
		if errors.Is(err, storage.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(now, list[i].Stanza) { // it was changed since
			if texts[i] = words(owner, textOf(now)); texts[i] == "" {
				continue
			}
		}
		if _, err := t.exec(ctx, t.store.engine.Texts.Insert, list[i].ID, texts[i]); err != nil {
			return err
		}
	}
	_, err = t.exec(ctx, `INSERT INTO archive_text_head (owner, id) VALUES ($1, $2)
		ON CONFLICT (owner) DO UPDATE SET id = excluded.id`, owner, list[len(list)-1].ID)
	return err
}

// dropTexts takes the words of stanzas of an archive out of the index.
func (t *tx) dropTexts(ctx context.Context, owner int64, ids map[int64]bool) error {
	head, err := t.textHead(ctx, owner)
	if err != nil {
		return err
	}
	for id := range ids {
		if id > head {
			continue
		}
		if _, err := t.exec(ctx, t.store.engine.Texts.Delete, id); err != nil {
			return err
		}
	}
	return nil
}

// changeText replaces the words of a stanza whose bytes have changed.
func (t *tx) changeText(ctx context.Context, owner, id int64, stanza []byte) error {
	head, err := t.textHead(ctx, owner)
	if err != nil || id > head {
		return err
	}
	if _, err := t.exec(ctx, t.store.engine.Texts.Delete, id); err != nil {
		return err
	}
	if w := words(owner, textOf(stanza)); w != "" {
		_, err = t.exec(ctx, t.store.engine.Texts.Insert, id, w)
	}
	return err
}

// textOf is what of a stanza people read: its bodies and subjects.
func textOf(stanza []byte) string {
	if !bytes.Contains(stanza, []byte("body")) && !bytes.Contains(stanza, []byte("subject")) {
		return ""
	}
	e, err := xmpp.ParseElement(stanza, ns.Client)
	if err != nil {
		return ""
	}
	var b strings.Builder
	for c := range e.Elements() {
		if c.Is(ns.Client, "body") || c.Is(ns.Client, "subject") {
			b.WriteString(c.Text())
			b.WriteByte('\n')
		}
	}
	if b.Len() > maxText {
		return b.String()[:maxText]
	}
	return b.String()
}

// words are the words of a text as the index holds them for an owner.
func words(owner int64, text string) string {
	var b strings.Builder
	prefix := prefix(owner)
	fold.Words(text, func(word string, _ bool) bool {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(prefix)
		b.WriteString(word)
		return true
	})
	return b.String()
}

// prefix is what words of an owner begin with. None is the beginning of another: it ends with a letter.
func prefix(owner int64) string { return strconv.FormatInt(owner, 10) + "q" }

// find makes of a text what the index is asked for; "" where there is no word in it.
func (s *Store) find(owner int64, text string) string {
	var phrases [][]string
	prefix := prefix(owner)
	fold.Words(text, func(word string, joined bool) bool {
		if joined && len(phrases) > 0 {
			phrases[len(phrases)-1] = append(phrases[len(phrases)-1], prefix+word)
			return len(phrases[len(phrases)-1]) < maxPhrases
		}
		if len(phrases) == maxPhrases {
			return false
		}
		phrases = append(phrases, []string{prefix + word})
		return true
	})
	if len(phrases) == 0 {
		return ""
	}
	return s.engine.Texts.Expression(phrases)
}

// withText makes a search one for a text as well.
func (v *snapshot) withText(ctx context.Context, t *Texts, f *search, expression string) error {
	f.text, f.match, f.found = expression, t.Match, map[int64]bool{}
	if f.none = f.none || expression == ""; f.none {
		return nil
	}
	err := v.each(ctx, t.Match("$1", "$2"), []any{expression, v.indexed}, func(row scan) error {
		var id int64
		err := row(&id)
		f.found[id] = true
		return err
	})
	if err != nil {
		return fmt.Errorf("full text: %w", err)
	}
	return nil
}

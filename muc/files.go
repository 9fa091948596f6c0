package muc

import (
	"bytes"
	"context"
	"slices"

	"myna/xmpp"
)

// Files is told of the files that belong to a group: they are closed with it (upload.Service).
type Files interface {
	// Share notes that an account has sent files to a room. Ids may be any text: it knows which are files of the account.
	Share(ctx context.Context, owner, room xmpp.JID, ids []string) error
}

// maxFiles bounds how many files one message may bind to a group.
const maxFiles = 20

// filePath is where in the addresses of files (XEP-0363) their ids begin.
const filePath = "/upload/"

// filesOf are the ids of the files of this server whose addresses are in a message: in a text, in XEP-0066, XEP-0385 or XEP-0447.
func filesOf(st *xmpp.Stanza) (ids []string) {
	for i := range st.Children {
		raw := st.Bytes(&st.Children[i])
		for len(ids) < maxFiles {
			_, rest, found := bytes.Cut(raw, []byte(filePath))
			if !found {
				break
			}
			n := bytes.IndexFunc(rest, func(r rune) bool { return !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z') })
			if n >= 16 && n <= 64 && rest[n] == '/' && !slices.Contains(ids, string(rest[:n])) {
				ids = append(ids, string(rest[:n]))
			}
			raw = rest
		}
	}
	return ids
}

// sharing is what has to be noted when a message brings files into a group, nil for nothing. r.mu is held.
func (r *room) sharing(st *xmpp.Stanza, o *occupant) func(context.Context) {
	if r.s.Files == nil || r.group.IsZero() {
		return nil
	}
	ids := filesOf(st)
	if len(ids) == 0 {
		return nil
	}
	owner := o.bare
	return func(ctx context.Context) {
		if err := r.s.Files.Share(ctx, owner, r.jid, ids); err != nil {
			r.s.Logger.Error("files not bound to a group", "room", r.jid.String(), "err", err)
		}
	}
}

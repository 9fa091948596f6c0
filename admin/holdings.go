package admin

import (
	"context"

	"myna/storage"
)

// maxCounted bounds how many files are counted.
const maxCounted = 100_000

// Holdings is what goes with an account when it is deleted. What it wrote into rooms stays there.
type Holdings struct {
	Account
	Messages int      `json:"messages"` // in its archive
	Files    int      `json:"files"`
	Bytes    int64    `json:"bytes"`             // of the files
	Rooms    []string `json:"rooms,omitempty"`   // groups and others that it belongs to
	Aliases  []string `json:"aliases,omitempty"` // that name it
}

// Holdings tells what would go with an account.
func (a *Admin) Holdings(ctx context.Context, who Actor, r Identified) (Holdings, error) {
	d, err := a.ShowAccount(ctx, who, r)
	h := Holdings{Account: d.Account, Rooms: d.Rooms, Aliases: d.Aliases}
	if err != nil {
		return h, err
	}
	j, err := a.address(who, d.Address)
	if err != nil {
		return h, err
	}
	_, page, err := a.Store.Query(ctx, storage.Query{Owner: j, Count: true})
	if err != nil {
		return h, stored(err, "count messages of account", d.Address)
	}
	h.Messages = page.Count
	files, err := a.Store.Uploads(ctx, j, maxCounted)
	if err == nil {
		h.Bytes, _, err = a.Store.UploadUsage(ctx, j, a.now())
	}
	h.Files = len(files)
	return h, stored(err, "count files of account", d.Address)
}

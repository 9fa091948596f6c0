package storage

import (
	"context"
	"time"

	"myna/xmpp"
)

// Upload is a file slot (XEP-0363): promised at the request, stored once the file has come in whole.
type Upload struct {
	ID      string // unguessable, part of the URL
	Owner   xmpp.JID
	Name    string // file name, last part of the URL
	Type    string // content type
	Size    int64  // bytes
	Created time.Time
	Expires time.Time // zero: kept
	Stored  bool
}

// Uploads keeps the list of uploaded files; the bytes are elsewhere.
type Uploads interface {
	PutUpload(context.Context, Upload) error
	Upload(ctx context.Context, id string) (Upload, error)
	DeleteUpload(ctx context.Context, id string) error
	// Uploads lists an owner's files, newest first; zero lists all.
	Uploads(ctx context.Context, owner xmpp.JID, limit int) ([]Upload, error)
	// UploadUsage returns the bytes of the owner's slots: all that are kept, and those asked for since t.
	UploadUsage(ctx context.Context, owner xmpp.JID, since time.Time) (total, recent int64, err error)
	// ExpiredUploads lists slots whose time is over at t, or that were promised before unstored and never filled.
	ExpiredUploads(ctx context.Context, t, unstored time.Time, limit int) ([]Upload, error)
}

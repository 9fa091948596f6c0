package archive

import (
	"context"
	"errors"
	"io"

	"myna/storage"
	"myna/xmpp"
)

// Export writes what an account wants in its archive (XEP-0441), where it has said so; XEP-0227 § 4 lets elements of other
// namespaces be anywhere.
func (a *Archive) Export(ctx context.Context, account xmpp.JID, w io.Writer) error {
	p, err := a.Store.Prefs(ctx, account)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = w.Write(prefsElement(p).Append(nil, ""))
	return err
}

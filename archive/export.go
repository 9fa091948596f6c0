package archive

import (
	"context"
	"errors"
	"io"
	"slices"

	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// Export writes the messages that wait for an account (XEP-0227 § 4.5), which are in its archive, too, unless they are kept only
// until then; and what it wants in its archive (XEP-0441), where it has said so: XEP-0227 § 4 lets elements of other namespaces be
// anywhere.
func (a *Archive) Export(ctx context.Context, account xmpp.JID, w io.Writer) error {
	if err := a.exportWaiting(ctx, account, w); err != nil {
		return err
	}
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

// exportWaiting writes messages that wait, oldest first, as they would be delivered but for their ids of the archive.
func (a *Archive) exportWaiting(ctx context.Context, account xmpp.JID, w io.Writer) error {
	open := false
	for last := int64(0); ; {
		list, _, err := a.Store.Waiting(ctx, account, last, storage.Most{Records: pageRows, Bytes: pageBytes})
		if err != nil {
			return err
		}
		if len(list) == 0 {
			break
		}
		for i := range list {
			r := &list[i]
			last = r.ID
			f, ok := frameOf(r.Stanza)
			if !ok {
				continue
			}
			b := []byte{}
			if !open {
				b, open = append(b, "<offline-messages xmlns='"+ns.Export+"'>"...), true
			}
			f.Tail = xmpp.AppendToTail(slices.Clone(f.Tail), xmpp.Message, appendDelay(nil, account.Domain(), r.Time()))
			if _, err := w.Write(f.Append(b, ns.Client)); err != nil {
				return err
			}
		}
	}
	if !open {
		return nil
	}
	_, err := io.WriteString(w, "</offline-messages>")
	return err
}

package vcard

import (
	"context"
	"io"

	"myna/xmpp"
)

// Export writes the card of an account with its photo (XEP-0227 § 4.7).
func (v *VCard) Export(ctx context.Context, account xmpp.JID, w io.Writer) error {
	card, err := v.card(ctx, account)
	if err != nil {
		return err
	}
	photo, err := v.photo(ctx, account, account)
	if err != nil {
		return err
	}
	if card.Add(photo); len(card.Nodes) == 0 {
		return nil
	}
	_, err = w.Write(card.Append(nil, ""))
	return err
}

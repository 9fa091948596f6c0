package remoteroster

import (
	"context"
	"io"

	"myna/xmpp"
)

// Export writes whom an account has allowed to manage contacts; XEP-0227 § 4 lets elements of other namespaces be anywhere.
func (m *RemoteRoster) Export(ctx context.Context, account xmpp.JID, w io.Writer) error {
	query, err := m.query(ctx, account)
	if err != nil || len(query.Nodes) == 0 {
		return err
	}
	_, err = w.Write(query.Append(nil, ""))
	return err
}

package account

import (
	"context"
	"errors"
	"testing"

	"myna/internal/xmpptest"
	"myna/storage"
	"myna/storage/sqlite"
	"myna/xmpp"
)

// stuck are the documents of a store that removes none.
type stuck struct{ *sqlite.Store }

func (stuck) DeleteDoc(context.Context, xmpp.JID, string, string) error {
	return errors.New("disk full")
}

// TestNextAccountHasNoCertificates: who is gone does not come in by what they have handed in, where another account has got the address
// and storage has kept the certificates.
func TestNextAccountHasNoCertificates(t *testing.T) {
	s, db := stored(t, func(c *Config) { c.UserCertificates = true })
	s.docs = stuck{db}
	a := xmpptest.NewAuthority(t)
	first, second := a.Issue(t, nil, nil, nil), a.Issue(t, nil, nil, nil)
	for name, cert := range map[string][]byte{"phone": first.Certificate[0], "desk": second.Certificate[0]} {
		if err := s.AddCertificate(t.Context(), lan(t), name, cert, false); err != nil {
			t.Fatal(err)
		}
	}
	comesIn := func(s *Service) bool {
		_, one := s.byCertificate(t, shownCertificate(t, &first), "", xmpp.JID{})
		_, two := s.byCertificate(t, shownCertificate(t, &second), "", xmpp.JID{})
		if (one == nil) != (two == nil) {
			t.Errorf("by the first: %v; by the second: %v", one, two)
		}
		return one == nil
	}
	if !comesIn(s) {
		t.Fatal("the owner is refused")
	}
	if err := s.Delete(t.Context(), lan(t)); err != nil {
		t.Fatal(err)
	}
	if err := s.Create(t.Context(), storage.Account{JID: lan(t)}, "another"); err != nil {
		t.Fatal(err)
	}
	if comesIn(s) {
		t.Error("comes in as the next owner of the address")
	}
	o := testOptions(db)
	o.Docs, o.Config = db, s.cfg
	again, err := New(o)
	if err == nil {
		err = again.Load(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	if comesIn(again) {
		t.Error("comes in after the server has started again")
	}
	if docs, err := db.ListDocs(t.Context(), lan(t).DomainJID(), certificatesSpace); err != nil || len(docs) != 0 {
		t.Errorf("%d certificates are left (%v)", len(docs), err)
	}
	if err := again.AddCertificate(t.Context(), lan(t), "phone", first.Certificate[0], false); err != nil || again.certificates.list(lan(t)) == nil {
		t.Errorf("handed in by the next owner: %v", err)
	}
}

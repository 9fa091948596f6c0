package account

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"myna/storage"
	"myna/xmpp"
)

// maxCertificate bounds a certificate, in bytes of DER: those of people have some two thousand.
const maxCertificate = 8 << 10

// What is wrong with a certificate that somebody wants to sign in with.
var (
	ErrCertificate      = errors.New("not a certificate that is valid now")
	ErrCertificateOther = errors.New("the certificate is of another account")
	ErrCertificateName  = errors.New("not a name of a certificate")
	ErrCertificateTaken = errors.New("the certificate, or its name, is in use")
	ErrCertificates     = errors.New("too many certificates")
)

// Certificate is one that an account has handed in to sign in with (XEP-0257). It needs no authority.
type Certificate struct {
	ID      string   `json:"-"` // its hash
	Account xmpp.JID `json:"-"`
	Local   string   `json:"account"`
	Name    string   `json:"name"`
	DER     []byte   `json:"der"`
	Plain   bool     `json:"no_management,omitempty"` // who has it does not manage certificates (XEP-0257 § 2.1)
	// Since is when the account was made: the next account of the address has nothing of the one before.
	Since time.Time `json:"since"`

	key string // of its document
}

// certificatesSpace is where they are kept: documents of the domain, by their hashes and accounts. A certificate is no secret, so who hands
// in that of somebody else keeps nobody from doing so: several accounts may have one.
const certificatesSpace = "certificates"

// certificates are those of all accounts, by domain and hash, without their bytes.
type certificates struct {
	mu sync.RWMutex
	of map[string]map[string][]*Certificate // one of an account; the slices are replaced, never changed; guarded by mu
}

func (t *certificates) find(domain, id string) []*Certificate {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.of[domain][id]
}

func (t *certificates) list(j xmpp.JID) []*Certificate {
	t.mu.RLock()
	defer t.mu.RUnlock()
	var list []*Certificate
	for _, all := range t.of[j.Domain()] {
		for _, c := range all {
			if c.Account == j {
				list = append(list, c)
			}
		}
	}
	slices.SortFunc(list, func(a, b *Certificate) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

func (t *certificates) put(c Certificate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[string]map[string][]*Certificate{}
	}
	domain := c.Account.Domain()
	if t.of[domain] == nil {
		t.of[domain] = map[string][]*Certificate{}
	}
	c.DER = nil
	t.of[domain][c.ID] = append(t.others(&c), &c)
}

// others are those of other accounts, in a slice of their own. The caller holds mu.
func (t *certificates) others(c *Certificate) []*Certificate {
	return slices.DeleteFunc(slices.Clone(t.of[c.Account.Domain()][c.ID]), func(o *Certificate) bool { return o.Account == c.Account })
}

func (t *certificates) remove(c *Certificate) {
	t.mu.Lock()
	defer t.mu.Unlock()
	domain := c.Account.Domain()
	if left := t.others(c); len(left) > 0 {
		t.of[domain][c.ID] = left
	} else {
		delete(t.of[domain], c.ID)
	}
}

// loadCertificates reads what accounts have handed in, and removes what is left of accounts that are gone. The caller holds change.
func (s *Service) loadCertificates(ctx context.Context) error {
	if s.docs == nil {
		return nil
	}
	for domain := range *s.domains.Load() {
		owner, err := xmpp.ParseJID(domain)
		if err != nil {
			return err
		}
		docs, err := s.docs.ListDocs(ctx, owner, certificatesSpace)
		if err != nil {
			return fmt.Errorf("load certificates of %s: %w", domain, err)
		}
		for id, data := range docs {
			hash, _, _ := strings.Cut(id, " ") // once, one account had it
			c := Certificate{ID: hash, key: id}
			if err := json.Unmarshal(data, &c); err != nil {
				return fmt.Errorf("load certificate %s of %s: %w", id, domain, err)
			}
			var a storage.Account
			ok := false
			if c.Account, err = xmpp.NewJID(c.Local, domain, ""); err == nil {
				a, ok = s.Account(c.Account)
			}
			if ok && a.Created.Equal(c.Since) {
				s.certificates.put(c)
			} else if err := s.docs.DeleteDoc(ctx, owner, certificatesSpace, id); err != nil {
				return fmt.Errorf("remove certificate of a deleted account: %w", err)
			}
		}
	}
	return nil
}

// AddCertificate lets an account sign in by a certificate, in DER (XEP-0257 § 2.1). Nothing proves that who hands it in has its key:
// that may be with a bot, which has signed in nowhere yet. Who hands in another's certificate lets the other into the own account.
// It fails with ErrCertificate, ErrCertificateOther, ErrCertificateName,
// ErrCertificateTaken and a FullError of ErrCertificates.
func (s *Service) AddCertificate(ctx context.Context, j xmpp.JID, name string, der []byte, plain bool) error {
	j = j.Bare()
	cert, err := x509.ParseCertificate(der)
	if err != nil || len(der) > maxCertificate || !validNow(cert) {
		return ErrCertificate
	}
	if name = strings.TrimSpace(name); name == "" || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) ||
		utf8.RuneCountInString(name) > maxLabel {
		return ErrCertificateName
	}
	if !mayBe(cert, j) {
		return ErrCertificateOther
	}
	s.change.Lock()
	defer s.change.Unlock()
	list := s.certificates.list(j)
	a, ok := s.Account(j)
	c := Certificate{ID: certificateID(der), Account: j, Local: j.Local(), Name: name, DER: der, Plain: plain, Since: a.Created}
	c.key = c.ID + " " + c.Local
	switch {
	case !ok:
		return storage.ErrNotFound
	case slices.ContainsFunc(list, func(o *Certificate) bool { return o.ID == c.ID || o.Name == name }):
		return ErrCertificateTaken
	case len(list) >= s.cfg.Of(j.Domain()).Certificates:
		return &FullError{ErrCertificates, s.cfg.Of(j.Domain()).Certificates}
	}
	data, err := json.Marshal(c)
	if err == nil {
		err = s.docs.PutDoc(ctx, j.DomainJID(), certificatesSpace, c.key, data)
	}
	if err != nil {
		return fmt.Errorf("add certificate of %s: %w", j, err)
	}
	s.certificates.put(c)
	return nil
}

// mayBe tells whether a certificate may be handed in for an account: one that names accounts of its domain (XEP-0257 § 3) names it.
func mayBe(cert *x509.Certificate, j xmpp.JID) bool {
	free := true
	for _, text := range xmppAddresses(cert) {
		who, err := xmpp.ParseJID(text)
		switch {
		case err != nil || who.Domain() != j.Domain():
		case who.Bare() == j:
			return true
		default:
			free = false
		}
	}
	return free
}

// Certificates lists those of an account by their names (XEP-0257 § 2.2). One that has expired is removed.
func (s *Service) Certificates(ctx context.Context, j xmpp.JID) ([]Certificate, error) {
	var list []Certificate
	for _, known := range s.certificates.list(j.Bare()) {
		data, err := s.docs.Doc(ctx, j.DomainJID(), certificatesSpace, known.key)
		if errors.Is(err, storage.ErrNotFound) { // removed a moment ago
			continue
		}
		c := *known
		if err == nil {
			err = json.Unmarshal(data, &c)
		}
		if err != nil {
			return nil, fmt.Errorf("read certificate of %s: %w", j.Bare(), err)
		}
		if cert, err := x509.ParseCertificate(c.DER); err != nil || time.Now().After(cert.NotAfter) {
			if err := s.EndCertificate(ctx, j, c.Name, false); err != nil {
				return nil, err
			}
			continue
		}
		list = append(list, c)
	}
	return list, nil
}

// EndCertificate takes a certificate away from an account (XEP-0257 § 2.3). Where it is revoked (§ 2.4), who is told of the event ends
// the sessions of those who have it. It fails with storage.ErrNotFound where there is none.
func (s *Service) EndCertificate(ctx context.Context, j xmpp.JID, name string, revoke bool) error {
	if err := s.endCertificate(ctx, j.Bare(), name, revoke); err != nil {
		return fmt.Errorf("end certificate of %s: %w", j.Bare(), err)
	}
	s.deliver()
	return nil
}

func (s *Service) endCertificate(ctx context.Context, j xmpp.JID, name string, revoke bool) error {
	s.change.Lock()
	defer s.change.Unlock()
	list := s.certificates.list(j)
	i := slices.IndexFunc(list, func(c *Certificate) bool { return c.Name == name })
	a, ok := s.Account(j)
	if i < 0 || !ok {
		return storage.ErrNotFound
	}
	if err := s.docs.DeleteDoc(ctx, j.DomainJID(), certificatesSpace, list[i].key); err != nil {
		return err
	}
	s.certificates.remove(list[i])
	if revoke {
		s.barrier.turnBack(j) // it may be on the way in
		s.queue(Event{Kind: CertificateEnded, Account: a, Before: a, ID: list[i].ID})
	}
	return nil
}

// dropCertificates forgets all that an account has handed in: it is deleted, or has another password. The caller holds change.
func (s *Service) dropCertificates(ctx context.Context, j xmpp.JID) error {
	list := s.certificates.list(j)
	for _, c := range list { // none of them lets in from now on, whatever storage says
		s.certificates.remove(c)
	}
	var errs []error
	for _, c := range list {
		errs = append(errs, s.docs.DeleteDoc(ctx, j.DomainJID(), certificatesSpace, c.key))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove certificate: %w", err)
	}
	return nil
}

func certificateID(der []byte) string {
	sum := sha256.Sum256(der)
	return hex.EncodeToString(sum[:])
}

func validNow(cert *x509.Certificate) bool {
	now := time.Now()
	return !now.Before(cert.NotBefore) && !now.After(cert.NotAfter)
}

// TakesCertificates tells whether people of a domain may hand in certificates; "" is of any domain by the general options.
func (s *Service) TakesCertificates(domain string) bool { return s.cfg.Of(domain).UserCertificates }

// handedIn returns whose certificate a client has shown, if owners have handed it in and it is valid now (XEP-0257 § 3). TLS has
// proved that the client has its key.
func (s *Service) handedIn(domain string, c Channel) []*Certificate {
	if !s.cfg.Of(domain).UserCertificates || c.TLS == nil || !c.TLS.HandshakeComplete || len(c.TLS.PeerCertificates) == 0 {
		return nil
	}
	leaf := c.TLS.PeerCertificates[0]
	if !validNow(leaf) {
		return nil
	}
	return s.certificates.find(domain, certificateID(leaf.Raw))
}

// own are those that let a client in as they were handed in. Nothing proves that who has handed one in has its key, so one that an
// authority has signed for accounts of the domain is theirs alone.
func (s *Service) own(domain string, c Channel) []*Certificate {
	list := s.handedIn(domain, c)
	if len(list) == 0 {
		return nil
	}
	cert := s.vouched(domain, c)
	if cert == nil {
		return list
	}
	owners := s.ownersOf(cert, domain)
	if len(owners) == 0 {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(c *Certificate) bool { return !slices.Contains(owners, c.Account) })
}

// showOwn lets an owner of a certificate in that was handed in. Of several the client says which one it is, as where a certificate has
// several addresses (XEP-0178 § 2, step 11).
func (x *Exchange) showOwn(authzid string) error {
	x.since = x.service.barrier.now() // before it is looked at
	list := x.service.own(x.Domain, x.Channel)
	if len(list) == 0 {
		return notAuthorized()
	}
	c, said := list[0], len(list) == 1
	for _, o := range list {
		if text := o.Account.String(); text == authzid || authzid == "" && o.Account == x.From {
			c, said = o, true
		}
	}
	if !said {
		return fail(InvalidAuthzid, "several accounts have this certificate; say which one")
	}
	who, err := x.find(c.Account.Local(), authzid)
	if err == nil {
		err = x.service.enabled(who, x.Channel.Remote)
	}
	if err == nil && !slices.Contains(x.service.own(x.Domain, x.Channel), c) { // revoked, now that since is known
		err = notAuthorized()
	}
	if err != nil {
		return err
	}
	x.who, x.certified, x.certificate = who.jid, true, c
	return nil
}

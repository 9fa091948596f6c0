package account

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"myna/xmpp"
)

// stayTime is how long a browser that came by a pass may come back without another one.
const stayTime = 12 * time.Hour

// maxStays is how many browsers stay by one pass; another one more takes the place of the first.
const maxStays = 8

// Stay makes what a browser keeps in a cookie after it has shown a pass: whoever brings it signs in by EXTERNAL as the same account, in
// the same session of the program, after the pass has expired, too. It is void when the pass would be. before is what the browser
// had; it is void at once. ok is false where the pass is none.
func (s *Service) Stay(text, before string) (secret string, who xmpp.JID, ends time.Time, ok bool) {
	by, ok := s.valid(text)
	if !ok || by.stays {
		return "", xmpp.JID{}, time.Time{}, false
	}
	raw := make([]byte, passSize)
	rand.Read(raw) // never fails (crypto/rand)
	secret = base64.RawURLEncoding.EncodeToString(raw)
	now := time.Now()
	p := pass{grant: by.grant, expires: now.Add(stayTime).UTC().Truncate(time.Second), since: by.since, stays: true}
	if s.passes.add(sha256.Sum256([]byte(secret)), p, now) != nil {
		return "", xmpp.JID{}, time.Time{}, false
	}
	if p.grant.Revoked() { // meanwhile: Withdraw did not see it
		s.Leave(secret)
		return "", xmpp.JID{}, time.Time{}, false
	}
	s.Leave(before)
	return secret, p.grant.Account, p.expires, true
}

// Staying returns whose browser it is that brings what Stay has made; zero where that is void.
func (s *Service) Staying(secret string) xmpp.JID {
	if g := s.stays(secret); g != nil {
		return g.Account
	}
	return xmpp.JID{}
}

// Leave voids what Stay has made. Who has come in by it stays.
func (s *Service) Leave(secret string) {
	s.passes.mu.Lock()
	defer s.passes.mu.Unlock()
	s.passes.leave(sha256.Sum256([]byte(secret)))
}

// stays returns what a browser came by that brings what Stay has made, nil where that is void.
func (s *Service) stays(secret string) *Grant {
	if secret == "" {
		return nil
	}
	if p, ok := s.valid(secret); ok && p.stays {
		return p.grant
	}
	return nil
}

// vouchedFor returns for whom a program has vouched that had the client come this way: by what its browser keeps, or by a pass
// that the program has handed in for it. It is nil where there is nobody of the domain.
func (s *Service) vouchedFor(domain string, c Channel) *Grant {
	grant := s.stays(c.Browser)
	if grant == nil && c.Pass != "" {
		grant = s.holder(c.Pass)
	}
	if grant == nil || grant.Account.Domain() != domain {
		return nil
	}
	return grant
}

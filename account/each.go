package account

import (
	"iter"

	"myna/storage"
)

// Each goes over the accounts of a domain as they are now, in the order of their localparts.
func (s *Service) Each(domain string) iter.Seq[storage.Account] { return s.Directory(domain).All() }

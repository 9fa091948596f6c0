package admin

// Bounds are how much administrators may make of something in a domain.
type Bounds struct {
	PictureBytes int // of an alias
	AliasTargets int // of an alias
	Invites      int // that can be used
}

// DefaultBounds are those of a server whose configuration says nothing else.
func DefaultBounds() Bounds {
	return Bounds{PictureBytes: 128 << 10, AliasTargets: 10_000, Invites: 10_000}
}

package account

import "myna/storage"

// Kind says what happened to an account.
type Kind string

// The kinds of events. One update of an account can send several.
const (
	Created           Kind = "created"
	Deleted           Kind = "deleted"
	Disabled          Kind = "disabled"
	Enabled           Kind = "enabled"
	Renamed           Kind = "renamed" // another display name
	DepartmentChanged Kind = "department changed"
	RoleChanged       Kind = "role changed"
	LangChanged       Kind = "language changed"
	ChatOn            Kind = "chat on"
	ChatOff           Kind = "chat off"
	PasswordChanged   Kind = "password changed"
	AppPasswordEnded  Kind = "app password ended" // Event.ID says which
	ClientEnded       Kind = "client ended"       // Event.ID says which
	CertificateEnded  Kind = "certificate ended"  // Event.ID says which
)

// Event is one change of an account, after it is durable and in the index.
type Event struct {
	Kind    Kind
	Account storage.Account // as it is now; for Deleted as it was
	Before  storage.Account // as it was; zero for Created
	ID      string          // of the app password, client or certificate that has ended
}

// OnChange registers a function that is told of every change; services call it while they are built. Functions are
// called one event at a time in the order of the changes, in the order of their registration, without any lock held.
// They run on the goroutine of the change or of another one at the same time, and may change accounts themselves;
// those events come after. Blocking holds up the events behind.
func (s *Service) OnChange(hook func(Event)) {
	s.events.Lock()
	defer s.events.Unlock()
	s.events.hooks = append(s.events.hooks, hook)
}

// queue adds events; the caller holds s.change, so that their order is the order of the changes, and calls deliver
// once it has let go of it.
func (s *Service) queue(events ...Event) {
	s.events.Lock()
	defer s.events.Unlock()
	s.events.queue = append(s.events.queue, events...)
}

// deliver hands out what is queued, unless another goroutine is at it.
func (s *Service) deliver() {
	s.events.Lock()
	defer s.events.Unlock()
	if s.events.draining {
		return
	}
	s.events.draining = true
	defer func() { s.events.draining = false }()
	for len(s.events.queue) > 0 {
		batch, hooks := s.events.queue, s.events.hooks
		s.events.queue = nil
		s.announce(batch, hooks)
	}
}

// announce calls the hooks without the lock, which the caller holds.
func (s *Service) announce(batch []Event, hooks []func(Event)) {
	s.events.Unlock()
	defer s.events.Lock() // also when a hook panics
	for _, e := range batch {
		for _, hook := range hooks {
			hook(e)
		}
	}
}

// differences are the events of an update.
func differences(before, after storage.Account) []Event {
	var events []Event
	add := func(changed bool, k Kind) {
		if changed {
			events = append(events, Event{Kind: k, Account: after, Before: before})
		}
	}
	add(after.Disabled && !before.Disabled, Disabled)
	add(!after.Disabled && before.Disabled, Enabled)
	add(after.Name != before.Name, Renamed)
	add(after.Department != before.Department, DepartmentChanged)
	add(after.Role != before.Role, RoleChanged)
	add(after.Lang != before.Lang, LangChanged)
	add(after.ChatOff && !before.ChatOff, ChatOff)
	add(!after.ChatOff && before.ChatOff, ChatOn)
	return events
}

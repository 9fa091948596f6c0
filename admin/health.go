package admin

import (
	"context"
	"sync"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Lamp tells how something is.
type Lamp string

// The lamps.
const (
	Green Lamp = "green"
	Amber Lamp = "amber" // it works; somebody should see to it within days
	Red   Lamp = "red"   // it does not work, or soon will not
)

// Check is what was found of a part of the server. Code and values of its reason are those of the text.
type Check struct {
	Part string `json:"part"`         // "server", "storage", "queue", "groups", "disk", "certificate", "clock", "connections", "mail"
	Of   string `json:"of,omitempty"` // which one: a host, "database" or "files"
	Lamp Lamp   `json:"lamp"`
	Text string `json:"text"`
	Do   string `json:"do,omitempty"` // what helps
	Reason
}

// Health is how the parts of the server are.
type Health struct {
	Lamp   Lamp    `json:"lamp"` // the worst of the checks
	Checks []Check `json:"checks"`
}

// Vitals are what a running server measures of itself and of its machine. What is zero or nil is not known.
type Vitals struct {
	Jump         time.Duration // how far the clock was set since the start: forward, or back where it is negative
	Queued       float64       // of what may wait to be written, 0 to 1
	Disks        []Disk
	Certificates []Certificate
	Open, Most   int // files and connections of the process
	Mail         *Mail
}

// Disk is where something is kept.
type Disk struct {
	Of          string // "database", "files"
	Free, Total uint64 // bytes
	Err         error
}

// Certificate is the one that is shown for a host.
type Certificate struct {
	Host  string // a domain, or one of its services
	Of    string // the domain
	Until time.Time
	Own   bool  // it is self-signed
	Err   error // why it is none for the host
}

// Mail is how it is with the mails about groups.
type Mail struct {
	Waiting int // people who may get one
	Failing int // people whose mail could not be sent
	Domain  func(domain string) (waiting, failing int)
}

// What is measured is green up to these bounds; docs/health.md has them for people.
const (
	slowCommit    = time.Second // of one that is written for the check
	stuckCommit   = 5 * time.Second
	certificateIn = 14 * 24 * time.Hour // before its end
	certificateAt = 3 * 24 * time.Hour
	clockJump     = 30 * time.Second
	clockLeap     = 10 * time.Minute
	groupsBehind  = 1000
	// Of a disk, the smaller of a share and a size has to be free.
	diskAmber, diskRed           = 10, 50 // a tenth, a fiftieth
	diskAmberBytes, diskRedBytes = 10 << 30, 1 << 30
)

// probe is what a commit that was made for a check has taken. Asking often does not write often.
type probe struct {
	mu   sync.Mutex // held while the commit is under way: who asks meanwhile gets its result
	at   time.Time
	took time.Duration
	err  error
}

const probeAge = 10 * time.Second

// commit writes something small, unless that was done a moment ago.
func (p *probe) commit(ctx context.Context, store Store, now time.Time) (time.Duration, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.at.IsZero() && now.Sub(p.at) < probeAge && !now.Before(p.at) {
		return p.took, p.err
	}
	owner, err := xmpp.ParseJID(keyOwner)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stuckCommit)
	defer cancel()
	begun := time.Now()
	p.err = store.PutDoc(ctx, owner, "health", "probe", []byte(now.Format(time.RFC3339Nano)))
	p.at, p.took = now, time.Since(begun)
	return p.took, p.err
}

// Health tells how the parts of the server are, and what to do where one is not well. An administrator of a domain hears of what
// concerns the domain.
func (a *Admin) Health(ctx context.Context, who Actor, _ Nothing) (Health, error) {
	if _, err := a.listed(who, ""); err != nil {
		return Health{}, err
	}
	x := examination{a: a, whole: who.Role == storage.ServerAdmin, sees: func(domain string) bool { return a.domain(who, domain) == nil }, now: a.now()}
	x.server()
	x.storage(ctx)
	if a.Vitals != nil {
		v := a.Vitals(ctx)
		x.certificates(v.Certificates)
		x.mail(v.Mail)
		if x.whole {
			x.machine(&v)
			x.groups(ctx)
		}
	}
	out := Health{Lamp: Green, Checks: x.list}
	for _, c := range x.list {
		out.Lamp = worse(out.Lamp, c.Lamp)
	}
	return out, nil
}

func worse(x, y Lamp) Lamp {
	if x == Red || y == Red {
		return Red
	}
	if x == Amber || y == Amber {
		return Amber
	}
	return Green
}

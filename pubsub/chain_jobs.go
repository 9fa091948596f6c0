package pubsub

import (
	"time"

	"golang.org/x/time/rate"

	"myna/storage"
	"myna/xmpp"
)

// job is something that is done when no state is held: an event that came, or a subscription that ends.
type job struct {
	at    storage.Node // the chaining node
	by    xmpp.JID     // who has chained it; zero: not known, or nobody's deed
	from  xmpp.JID     // the service that sent event
	event *xmpp.Element
	items int // in event
	size  int // of event, in bytes
	end   *link
}

// Bounds of the jobs that wait. What comes beyond them is lost, as is what comes while the server is down.
const (
	maxJobs     = 10_000
	maxJobBytes = 16 << 20
)

// Who publishes pays for those who are told, but not for what others have chained. So who has chained nodes gets a share: the jobs
// of each wait in a queue of their own, the queues take turns, and no more goes through one than carryRate items a second after
// carryBurst at once, whatever the number of nodes.
const (
	carryRate        = 20
	carryBurst       = 400
	maxJobsOfOne     = 2000
	maxJobBytesOfOne = 4 << 20
)

// jobs are those that wait. chains.mu guards them.
type jobs struct {
	rate     rate.Limit // of new queues
	n, bytes int
	of       map[xmpp.JID]*queue // by who has chained; those that are empty stay until they may do all at once again
	turns    []*queue            // those that are not empty, the next one first
	later    *time.Timer         // when one of them may go on; nil: there was none
}

type queue struct {
	jobs  []job
	bytes int
	share *rate.Limiter
}

func (l *jobs) start() { l.of, l.rate = map[xmpp.JID]*queue{}, carryRate }

// put queues a job; it is false where too many wait.
func (c *chains) put(j job) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &c.jobs
	q := l.of[j.by]
	if q == nil {
		q = &queue{share: rate.NewLimiter(l.rate, carryBurst)}
		if j.by.IsZero() {
			q.share.SetLimit(rate.Inf)
		}
		l.of[j.by] = q
	}
	if l.n >= maxJobs || l.bytes+j.size > maxJobBytes ||
		!j.by.IsZero() && (len(q.jobs) >= maxJobsOfOne || q.bytes+j.size > maxJobBytesOfOne) {
		return false
	}
	if len(q.jobs) == 0 {
		l.turns = append(l.turns, q)
	}
	q.jobs = append(q.jobs, j)
	q.bytes += j.size
	l.n++
	l.bytes += j.size
	c.again()
	return true
}

// again has Run look whether there is one more; the caller holds mu.
func (c *chains) again() {
	if c.jobs.n == 0 && c.loaded {
		return
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// next takes one of the jobs. Where all that wait have to wait longer, Run looks again then.
func (c *chains) next(now time.Time) (j job, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := &c.jobs
	var soonest time.Duration
	for i, q := range l.turns {
		d := q.wait(now)
		if d > 0 {
			if soonest == 0 || d < soonest {
				soonest = d
			}
			continue
		}
		l.turns = append(l.turns[:i:i], l.turns[i+1:]...)
		j, q.jobs = q.jobs[0], q.jobs[1:]
		q.bytes -= j.size
		l.n--
		l.bytes -= j.size
		if len(q.jobs) > 0 {
			l.turns = append(l.turns, q)
		} else {
			q.jobs = nil
		}
		c.again()
		return j, true
	}
	if l.later != nil {
		l.later.Stop()
	}
	if soonest > 0 {
		l.later = time.AfterFunc(soonest, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.again()
		})
	}
	return j, false
}

// wait is how long the next job has to wait; 0: its share is taken, and it is done now.
func (q *queue) wait(now time.Time) time.Duration {
	n := min(max(q.jobs[0].items, 1), carryBurst)
	if q.share.AllowN(now, n) {
		return 0
	}
	return time.Duration((float64(n)-q.share.TokensAt(now))/carryRate*float64(time.Second)) + time.Millisecond
}

// emptyQueues forgets the queues of those who may do all at once again: nobody gets more by having nothing to do for a moment.
func (c *chains) emptyQueues(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for by, q := range c.jobs.of {
		if len(q.jobs) == 0 && q.share.TokensAt(now) >= carryBurst {
			delete(c.jobs.of, by)
		}
	}
}

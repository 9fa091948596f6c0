package admin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// examination collects checks.
type examination struct {
	a     *Admin
	whole bool // of an administrator of the server
	sees  func(domain string) bool
	now   time.Time
	list  []Check
}

// found adds a check. A code belongs to one text, and what to do about it; the admin page has both in other languages.
func (x *examination) found(part, of string, lamp Lamp, code, do, format string, args ...any) {
	c := Check{Part: part, Of: of, Lamp: lamp, Do: do, Text: fmt.Sprintf(format, args...), Reason: Reason{Code: code}}
	for _, v := range args {
		if at, ok := v.(instant); ok {
			v = time.Time(at).UTC().Format(time.RFC3339)
		}
		c.Values = append(c.Values, fmt.Sprint(v))
	}
	x.list = append(x.list, c)
}

// instant is a time that the text tells to people, and the values to programs (RFC 3339).
type instant time.Time

// String is the time for people.
func (i instant) String() string { return time.Time(i).UTC().Format("2 January 2006, 15:04 UTC") }

func date(t time.Time) string { return t.UTC().Format("2006-01-02") }

func (x *examination) server() {
	if x.a.Started.IsZero() {
		x.found("server", "", Red, "server-off", "start it: myna serve", "version %s does not run", x.a.Version)
		return
	}
	x.found("server", "", Green, "server-on", "", "version %s runs since %s", x.a.Version, instant(x.a.Started))
}

func (x *examination) storage(ctx context.Context) {
	took, err := x.a.probe.commit(ctx, x.a.Store, x.now)
	ms := took.Milliseconds()
	switch {
	case err != nil && x.whole && !errors.Is(err, context.DeadlineExceeded):
		x.found("storage", "", Red, "storage-failed", "look whether the disk is full or broken, and into the log", "nothing can be written: %v", err)
	case err != nil || took >= stuckCommit:
		x.found("storage", "", Red, "storage-stuck", "look whether the disk is full, broken or busy, and into the log", "nothing could be written within %d ms", ms)
	case took >= slowCommit:
		x.found("storage", "", Amber, "storage-slow", "look what else uses the disk; it should take milliseconds", "writing took %d ms", ms)
	default:
		x.found("storage", "", Green, "storage-well", "", "writing took %d ms", ms)
	}
}

// certificates tells, for each domain, of the certificate that is shown for it and its services: the one that is worst.
func (x *examination) certificates(list []Certificate) {
	worst := map[string]Check{}
	var order []string
	for _, c := range list {
		if !x.sees(c.Of) {
			continue
		}
		one := examination{now: x.now, whole: x.whole}
		one.certificate(&c)
		was, known := worst[c.Of]
		if !known {
			order = append(order, c.Of)
		}
		if !known || worse(was.Lamp, one.list[0].Lamp) != was.Lamp {
			worst[c.Of] = one.list[0]
		}
	}
	for _, domain := range order {
		x.list = append(x.list, worst[domain])
	}
}

func (x *examination) certificate(c *Certificate) {
	const renew = "renew it, and do: myna reload"
	left := c.Until.Sub(x.now)
	days := int(left.Hours() / 24)
	switch {
	case c.Err != nil && c.Host == c.Of:
		why := c.Err
		if !x.whole { // the error names whom it is for
			why = errors.New("it is for other names")
		}
		x.found("certificate", c.Of, Red, "certificate-wrong", "get one for it, and do: myna reload", "that for %s is not for it: %v", c.Host, why)
	case left <= 0:
		x.found("certificate", c.Of, Red, "certificate-over", renew, "that for %s ended on %s", c.Host, date(c.Until))
	case left < certificateAt:
		x.found("certificate", c.Of, Red, "certificate-ends", renew, "that for %s ends in %d days, on %s", c.Host, days, date(c.Until))
	case left < certificateIn:
		x.found("certificate", c.Of, Amber, "certificate-ends", renew, "that for %s ends in %d days, on %s", c.Host, days, date(c.Until))
	case c.Own:
		x.found("certificate", c.Of, Amber, "certificate-own", "get one from an authority: clients ask people whether they trust this one, other servers refuse it",
			"that for %s is self-signed; it ends on %s", c.Host, date(c.Until))
	case c.Err != nil: // a service: people of the domain reach it, other servers do not
		x.found("certificate", c.Of, Amber, "certificate-service", "have it in the certificate; other servers cannot reach it else", "there is none for %s", c.Host)
	default:
		x.found("certificate", c.Of, Green, "certificate-well", "", "it ends in %d days, on %s", days, date(c.Until))
	}
}

// machine tells of what only administrators of the server can do something about.
func (x *examination) machine(v *Vitals) {
	for _, d := range v.Disks {
		x.disk(&d)
	}
	const full = "raise LimitNOFILE of the service, or look who connects so often"
	if v.Most > 0 {
		lamp := Green
		do, share := "", float64(v.Open)/float64(v.Most)
		switch {
		case share >= 0.95:
			lamp, do = Red, full
		case share >= 0.8:
			lamp, do = Amber, full
		}
		x.found("connections", "", lamp, "connections-"+string(lamp), do, "%d of %d connections and files are open", v.Open, v.Most)
	}
	const busy = "look how long writing takes, and who sends so much"
	switch percent := int(v.Queued * 100); {
	case v.Queued >= 0.9:
		x.found("queue", "", Red, "queue-full", busy, "what waits to be written fills %d %% of the queue: messages are refused", percent)
	case v.Queued >= 0.5:
		x.found("queue", "", Amber, "queue-long", busy, "what waits to be written fills %d %% of the queue", percent)
	default:
		x.found("queue", "", Green, "queue-well", "", "what waits to be written fills %d %% of the queue", percent)
	}
	const set = "have the machine keep the time by NTP, and restart the server: times in the archive are by its clock"
	switch seconds := int(v.Jump.Seconds()); {
	case v.Jump.Abs() >= clockLeap:
		x.found("clock", "", Red, "clock-leap", set, "the clock was set by %d seconds since the start, or the machine has slept", seconds)
	case v.Jump.Abs() >= clockJump:
		x.found("clock", "", Amber, "clock-jump", set, "the clock was set by %d seconds since the start, or the machine has slept", seconds)
	default:
		x.found("clock", "", Green, "clock-well", "", "it is %s", instant(x.now))
	}
}

func (x *examination) disk(d *Disk) {
	const more, text = "make room, or keep messages and files for a shorter time", "%s of %s are free"
	free, total := gigabytes(d.Free), gigabytes(d.Total)
	switch {
	case d.Err != nil:
		x.found("disk", d.Of, Red, "disk-gone", "look whether it is mounted", "it cannot be read: %v", d.Err)
	case d.Free < min(d.Total/diskRed, diskRedBytes):
		x.found("disk", d.Of, Red, "disk-full", more, text, free, total)
	case d.Free < min(d.Total/diskAmber, diskAmberBytes):
		x.found("disk", d.Of, Amber, "disk-low", more, text, free, total)
	default:
		x.found("disk", d.Of, Green, "disk-well", "", text, free, total)
	}
}

func gigabytes(n uint64) string { return strconv.FormatFloat(float64(n)/1e9, 'f', 1, 64) + " GB" }

// groups tells how many changes wait to be seen in rooms.
func (x *examination) groups(ctx context.Context) {
	waiting, err := x.a.Store.Dirty(ctx, groupsBehind)
	switch n := len(waiting); {
	case err != nil: // the storage tells why
	case n >= groupsBehind:
		x.found("groups", "", Amber, "groups-behind", "if it does not get less within minutes, look into the log", "%d changes or more wait to be seen in groups", n)
	default:
		x.found("groups", "", Green, "groups-well", "", "%d changes wait to be seen in groups", n)
	}
}

// mail tells of the mails about groups of those domains that the administrator sees.
func (x *examination) mail(m *Mail) {
	if m == nil {
		return
	}
	const relay = "look whether the relay can be reached and takes mails (modules.groups.relay), and into the log"
	waiting, failing := m.Waiting, m.Failing
	if !x.whole {
		waiting, failing = 0, 0
		for _, domain := range x.a.Hosts() {
			if x.sees(domain) {
				w, f := m.Domain(domain)
				waiting, failing = waiting+w, failing+f
			}
		}
	}
	if failing > 0 {
		x.found("mail", "", Red, "mail-failing", relay, "mails for %d people could not be sent", failing)
		return
	}
	x.found("mail", "", Green, "mail-well", "", "%d people may get a mail about groups", waiting)
}

package admin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

func domainAdmin() Actor {
	return Actor{Name: "boss@example.com", Role: storage.DomainAdmin, Domain: "example.com", Door: "page"}
}

// lamps are the checks in short: "disk database red disk-full".
func lamps(h Health) []string {
	var list []string
	for _, c := range h.Checks {
		list = append(list, strings.Join(strings.Fields(c.Part+" "+c.Of+" "+string(c.Lamp)+" "+c.Code), " "))
	}
	return list
}

func TestHealth(t *testing.T) {
	f := newFixture(t)
	now := f.now()
	f.Started, f.Version, f.Store = now.Add(-time.Hour), "1.2", &failingDocs{Store: f.Store} // does not fail, and takes no time
	certificate := func(host string, days int, own bool, err error) Certificate {
		return Certificate{Host: host, Of: "example.com", Until: now.Add(time.Duration(days)*24*time.Hour + time.Minute), Own: own, Err: err}
	}
	other := errors.New("it is for another")
	for _, c := range []struct {
		name string
		v    Vitals
		lamp Lamp
		want string // among the checks
	}{
		{"well", Vitals{}, Green, "server green server-on"},
		{"clock", Vitals{Jump: 29 * time.Second}, Green, "clock green clock-well"},
		{"clock set", Vitals{Jump: -30 * time.Second}, Amber, "clock amber clock-jump"},
		{"clock far", Vitals{Jump: 10 * time.Minute}, Red, "clock red clock-leap"},
		{"queue", Vitals{Queued: 0.49}, Green, "queue green queue-well"},
		{"queue long", Vitals{Queued: 0.5}, Amber, "queue amber queue-long"},
		{"queue full", Vitals{Queued: 0.9}, Red, "queue red queue-full"},
		{"files", Vitals{Open: 79, Most: 100}, Green, "connections green connections-green"},
		{"many files", Vitals{Open: 80, Most: 100}, Amber, "connections amber connections-amber"},
		{"no more files", Vitals{Open: 95, Most: 100}, Red, "connections red connections-red"},
		{"disk", Vitals{Disks: []Disk{{Of: "database", Free: 2e9, Total: 20e9}}}, Green, "disk database green disk-well"},
		{"large disk", Vitals{Disks: []Disk{{Of: "files", Free: 11 << 30, Total: 10 << 40}}}, Green, "disk files green disk-well"},
		{"low disk", Vitals{Disks: []Disk{{Of: "database", Free: 19e8, Total: 20e9}}}, Amber, "disk database amber disk-low"},
		{"full disk", Vitals{Disks: []Disk{{Of: "files", Free: 39e7, Total: 20e9}}}, Red, "disk files red disk-full"},
		{"no disk", Vitals{Disks: []Disk{{Of: "files", Err: other}}}, Red, "disk files red disk-gone"},
		{"mail", Vitals{Mail: &Mail{Waiting: 3}}, Green, "mail green mail-well"},
		{"no relay", Vitals{Mail: &Mail{Waiting: 3, Failing: 1}}, Red, "mail red mail-failing"},
		{"certificate", Vitals{Certificates: []Certificate{certificate("example.com", 14, false, nil)}}, Green, "certificate example.com green certificate-well"},
		{"own certificate", Vitals{Certificates: []Certificate{certificate("example.com", 90, true, nil)}}, Amber, "certificate example.com amber certificate-own"},
		{"certificate ends", Vitals{Certificates: []Certificate{certificate("example.com", 13, false, nil)}}, Amber, "certificate example.com amber certificate-ends"},
		{"certificate ends soon", Vitals{Certificates: []Certificate{certificate("example.com", 2, true, nil)}}, Red, "certificate example.com red certificate-ends"},
		{"certificate over", Vitals{Certificates: []Certificate{certificate("example.com", -1, false, nil)}}, Red, "certificate example.com red certificate-over"},
		{"certificate of another", Vitals{Certificates: []Certificate{certificate("example.com", 90, false, other)}}, Red, "certificate example.com red certificate-wrong"},
		{"certificate not for a service", Vitals{Certificates: []Certificate{certificate("example.com", 90, false, nil), certificate("groups.example.com", 90, false, other)}},
			Amber, "certificate example.com amber certificate-service"},
	} {
		f.Vitals = func(context.Context) Vitals { return c.v }
		h, err := f.Health(t.Context(), CommandLine(), Nothing{})
		if err != nil {
			t.Fatal(err)
		}
		if list := lamps(h); h.Lamp != c.lamp || !slices.Contains(list, c.want) || !slices.Contains(list, "storage green storage-well") {
			t.Errorf("%s: %s %q, want %s and %s", c.name, h.Lamp, list, c.lamp, c.want)
		}
		if x := h.Checks[0]; len(x.Values) != 2 || x.Values[1] != f.Started.Format(time.RFC3339) || !strings.Contains(x.Text, f.Started.Format("2 January 2006")) {
			t.Errorf("%+v", x)
		}
		for _, x := range h.Checks {
			if (x.Do == "") != (x.Lamp == Green) || x.Text == "" {
				t.Errorf("%s: %+v does not say what to do", c.name, x)
			}
		}
	}
}

// An administrator of a domain hears of the own certificates and mails, and not of the machine; others hear nothing.
func TestHealthOfADomain(t *testing.T) {
	f := newFixture(t)
	f.Started, f.Store = f.now(), &failingDocs{Store: f.Store}
	f.Vitals = func(context.Context) Vitals {
		return Vitals{
			Disks: []Disk{{Of: "database", Err: errors.New("/secret/path")}},
			Certificates: []Certificate{{Host: "example.com", Of: "example.com", Until: f.now().Add(time.Hour)},
				{Host: "other.example", Of: "other.example", Until: f.now().Add(time.Hour)}},
			Mail: &Mail{Waiting: 5, Failing: 2, Domain: func(domain string) (int, int) {
				if domain == "example.com" {
					return 3, 0
				}
				return 2, 2
			}},
		}
	}
	h, err := f.Health(t.Context(), domainAdmin(), Nothing{})
	want := []string{"server green server-on", "storage green storage-well", "certificate example.com red certificate-ends", "mail green mail-well"}
	if err != nil || !slices.Equal(lamps(h), want) {
		t.Errorf("%q, %v", lamps(h), err)
	}
	if _, err := f.Health(t.Context(), Actor{Name: "lan@example.com"}, Nothing{}); err == nil {
		t.Error("a user is told")
	}
}

// Why a certificate is none for a host tells for whom it is: an administrator of another domain does not hear that.
func TestHealthNamesNoOthers(t *testing.T) {
	f := newFixture(t)
	f.Vitals = func(context.Context) Vitals {
		return Vitals{Certificates: []Certificate{{Host: "example.com", Of: "example.com", Until: f.now().Add(1000 * time.Hour),
			Err: errors.New("it is for other.example")}}}
	}
	for named, who := range map[bool]Actor{true: CommandLine(), false: domainAdmin()} {
		h, err := f.Health(t.Context(), who, Nothing{})
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(h.Checks, func(c Check) bool { return c.Code == "certificate-wrong" })
		if i < 0 || strings.Contains(fmt.Sprint(h.Checks[i]), "other.example") != named || len(h.Checks[i].Values) != 2 {
			t.Errorf("%s is told %+v", who.Name, h.Checks)
		}
	}
}

// failingDocs is a store whose documents cannot be written, with an error or without.
type failingDocs struct {
	Store
	err   error
	tried int
}

// PutDoc writes nothing.
func (s *failingDocs) PutDoc(context.Context, xmpp.JID, string, string, []byte) error {
	s.tried++
	return s.err
}

// A store that cannot be written is red; why, the server's administrators hear. Asking often does not write often.
func TestHealthOfStorage(t *testing.T) {
	f := newFixture(t)
	now := f.now()
	f.Now = func() time.Time { return now }
	broken := &failingDocs{Store: f.Store, err: storage.ErrFull}
	f.Store = broken
	for _, who := range []Actor{CommandLine(), domainAdmin(), CommandLine()} {
		h, err := f.Health(t.Context(), who, Nothing{})
		if err != nil || h.Lamp != Red {
			t.Fatalf("%+v %v", h, err)
		}
		i := slices.IndexFunc(h.Checks, func(c Check) bool { return c.Part == "storage" })
		if told := strings.Contains(h.Checks[i].Text, storage.ErrFull.Error()); h.Checks[i].Lamp != Red || told != (who.Role == storage.ServerAdmin) {
			t.Errorf("%+v", h.Checks[i])
		}
	}
	if broken.tried != 1 {
		t.Errorf("written %d times", broken.tried)
	}
	now = now.Add(probeAge)
	if _, err := f.Health(t.Context(), CommandLine(), Nothing{}); err != nil || broken.tried != 2 {
		t.Errorf("written %d times, %v", broken.tried, err)
	}
}

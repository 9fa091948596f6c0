package server_test

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"myna/config"
	"myna/internal/xmpptest"
	"myna/server"
	"myna/server/servertest"
	"myna/xmpp"
)

// hostProbe shows that a host's own value of an option is obeyed: what see finds at example.org, which has the value own,
// differs from what it finds at example.net, which has the server's.
type hostProbe struct {
	own any
	all config.Section // of all hosts
	see func(h *hosts, domain string) string
}

// Every option of every module is obeyed for each host, or refused for one host with the line in the file.
func TestOptionsOfHosts(t *testing.T) {
	seen, probes := map[string]bool{}, maps.Clone(hostProbes)
	maps.Copy(probes, limitProbes)
	for _, m := range server.ModuleOptions() {
		options := reflect.TypeOf(m.Defaults).Elem()
		for i := range options.NumField() {
			tag := options.Field(i).Tag
			key := tag.Get("toml")
			if key == "" || key == "-" {
				continue
			}
			name := m.Name + "." + key
			seen[name] = true
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				if reason := tag.Get("serverwide"); reason != "" {
					refusedForHost(t, m.Name, key, reason)
					return
				}
				p, ok := probes[name]
				if !ok {
					t.Fatal("nothing shows that a host's own value is obeyed: add a probe, or say with the tag serverwide why it cannot have one")
				}
				p.run(t, m.Name, key)
			})
		}
	}
	for name := range probes {
		if !seen[name] {
			t.Errorf("%s is no option", name)
		}
	}
}

// refusedForHost checks that a host cannot have its own value, whatever it is.
func refusedForHost(t *testing.T, module, key, reason string) {
	t.Helper()
	file := fmt.Sprintf("hosts = [\"example.org\"]\n\n[host.\"example.org\".modules.%s]\n%s = 1\n", module, key)
	cfg, err := config.Parse("myna.toml", []byte(file))
	if err == nil {
		defaults := map[string]any{}
		for _, m := range server.ModuleOptions() {
			defaults[m.Name] = m.Defaults
		}
		err = cfg.CheckModules(defaults)
	}
	if err == nil || !strings.HasPrefix(err.Error(), "myna.toml:4: ") || !strings.Contains(err.Error(), reason) {
		t.Errorf("got %v", err)
	}
}

func (p *hostProbe) run(t *testing.T, module, key string) {
	if p.see == nil { // there is no other value that is valid
		refusedForHost(t, module, key, p.own.(string))
		return
	}
	h := newHosts(t, func(c *config.Config) {
		c.Modules = map[string]config.Section{}
		if p.all != nil {
			c.Modules[module] = p.all
		}
		if module == "guests" { // there are none elsewhere
			c.Modules["accounts"] = config.Section{"anonymous": true}
		}
		c.Host = map[string]config.HostConfig{"example.org": {Modules: map[string]config.Section{module: {key: p.own}}}}
	})
	org, net := p.see(h, "example.org"), p.see(h, "example.net")
	if org == net {
		t.Errorf("the value %v of example.org makes no difference: %s", p.own, org)
	}
	t.Logf("example.org: %s", org)
	t.Logf("example.net: %s", net)
}

// hosts is a server with three: example.com is there for strangers.
type hosts struct {
	t   *testing.T
	s   xmpptest.Server
	web string
	ctx context.Context
}

func newHosts(t *testing.T, change func(*config.Config)) *hosts {
	t.Helper()
	h := &hosts{t: t}
	h.s, h.web = servertest.StartWeb(t, func(c *config.Config) {
		c.Hosts = append(c.Hosts, "example.org", "example.com")
		change(c)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 3*late)
	t.Cleanup(cancel)
	h.ctx = ctx
	return h
}

func (h *hosts) must(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// account makes one with a department.
func (h *hosts) account(address string) {
	h.t.Helper()
	_, err := h.s.Do(h.ctx, `admin account.create {"address":"`+address+`","password":"pencil","department":"Sales"}`)
	h.must(err)
}

// dial opens a stream for an account, which is made where it does not exist.
func (h *hosts) dial(address string) *xmpptest.Client {
	h.t.Helper()
	_, err := h.s.Account(h.ctx, address)
	h.must(err)
	c, err := xmpptest.Dial(h.ctx, &h.s, address)
	h.must(err)
	h.t.Cleanup(c.Cut)
	return c
}

// client signs in, without presence.
func (h *hosts) client(address string) *xmpptest.Client {
	h.t.Helper()
	return h.another(address, "r")
}

// another is a client with a resource of its own.
func (h *hosts) another(address, resource string) *xmpptest.Client {
	h.t.Helper()
	c := h.dial(address)
	h.must(c.Login(h.ctx, "pencil"))
	h.must(c.Bind(h.ctx, resource))
	return c
}

func (h *hosts) send(c *xmpptest.Client, format string, args ...any) {
	h.t.Helper()
	h.must(c.Send(fmt.Sprintf(format, args...)))
}

// ask sends a request and returns its answer, or the condition of its error.
func (h *hosts) ask(c *xmpptest.Client, typ, to, format string, args ...any) (*xmpp.Element, string) {
	h.t.Helper()
	if to != "" {
		to = ` to="` + to + `"`
	}
	e, err := c.Ask(h.ctx, fmt.Sprintf(`<iq type="%s" id="%s"%s>%s</iq>`, typ, xmpp.NewID(), to, fmt.Sprintf(format, args...)))
	if err != nil {
		return nil, condition(err.Error())
	}
	return e, "done"
}

// condition is what an error is, without what differs anyway.
func condition(text string) string {
	found := regexp.MustCompile(`<error[^>]* type="([a-z]+)"[^>]*><([a-z-]+)`).FindStringSubmatch(text)
	if found == nil {
		return text
	}
	return found[1] + " " + found[2]
}

// collect returns what a client has received until now.
func (h *hosts) collect(c *xmpptest.Client) []*xmpp.Element {
	h.t.Helper()
	end := xmpp.NewID()
	h.send(c, `<message to="%s" id="%s" type="headline"><body>end</body></message>`, c.JID, end)
	var list []*xmpp.Element
	for {
		e, err := c.Next(h.ctx)
		h.must(err)
		if e.Attr("id") == end {
			return list
		}
		list = append(list, e)
	}
}

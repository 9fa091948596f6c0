package server

import (
	"context"
	"log/slog"
	"maps"
	"slices"
	"sync"

	"myna/admin"
	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// policySpace is where the options of a domain are kept that its administrators have decided, among the documents of the domain:
// key, as config.HostValue has it → TOML.
const policySpace = "policy"

// decided are the options that administrators have decided, in place of those of the file.
type decided struct {
	docs storage.Docs
	log  *slog.Logger

	mu      sync.Mutex     // held while options change, by a reload too; it is taken after live.mu
	file    *config.Config // as it was read last; guarded by mu
	overlay config.Overlay // guarded by mu
}

// load reads what was decided and lays it over the file. What is not possible any more is left out, and told in the log.
func (d *decided) load(ctx context.Context, cfg *config.Config) (*config.Config, error) {
	d.file, d.overlay = cfg, config.Overlay{}
	for _, host := range cfg.Hosts {
		owner, err := xmpp.ParseJID(host)
		if err != nil {
			return nil, err
		}
		docs, err := d.docs.ListDocs(ctx, owner, policySpace)
		if err != nil {
			return nil, err
		}
		for _, key := range slices.Sorted(maps.Keys(docs)) {
			next := d.with(host, key, string(docs[key]))
			if _, err := possible(cfg, next); err != nil {
				d.log.Warn("option of a domain is not possible any more", "domain", host, "key", key, "err", config.Reason(err))
				continue
			}
			d.overlay = next
		}
	}
	return possible(cfg, d.overlay)
}

// possible lays an overlay over a configuration, and checks what comes of it.
func possible(cfg *config.Config, o config.Overlay) (*config.Config, error) {
	with, err := cfg.With(o)
	if err != nil {
		return nil, err
	}
	for _, host := range with.Hosts {
		if _, err := with.HostArchive(host); err != nil {
			return nil, err
		}
	}
	return with, checkModules(with, modules())
}

// with is the overlay with another value; "" is none.
func (d *decided) with(host, key, value string) config.Overlay {
	next := maps.Clone(d.overlay)
	own := map[string]string{}
	maps.Copy(own, next[host])
	if own[key] = value; value == "" {
		delete(own, key)
	}
	next[host] = own
	return next
}

// prepare loads the options of all modules as a file and an overlay say. They are in use when take is called.
func (p *parts) prepare(file *config.Config, o config.Overlay) (now *config.Config, take func(), err error) {
	with, err := possible(file, o)
	if err != nil {
		return nil, nil, err
	}
	now = config.Running(p.cfg, with)
	var all []func()
	for _, r := range p.rows {
		if r.options != nil {
			t, err := r.options.Load(now, r.name)
			if err != nil {
				return nil, nil, err
			}
			all = append(all, t)
		}
	}
	return now, func() {
		for _, t := range all {
			t()
		}
		p.running.Store(now)
	}, nil
}

// decide sets an option of a domain, as its administrators want it; value "" is that of the file again.
func (p *parts) decide(ctx context.Context, domain, key, value string) error {
	owner, err := xmpp.ParseJID(domain)
	if err != nil {
		return err
	}
	d := &p.decided
	d.mu.Lock()
	defer d.mu.Unlock()
	if value != "" {
		value = config.Literal(value)
	}
	next := d.with(domain, key, value)
	_, take, err := p.prepare(d.file, next)
	if err != nil {
		reason := config.Reason(err)
		return &admin.Error{Kind: admin.Invalid, Text: reason, Reason: admin.Reason{Code: "option-value", Values: []string{reason}}}
	}
	if value == "" {
		err = d.docs.DeleteDoc(ctx, owner, policySpace, key)
	} else {
		err = d.docs.PutDoc(ctx, owner, policySpace, key, []byte(value))
	}
	if err != nil {
		return err
	}
	d.overlay = next
	take()
	for _, f := range p.reloaded {
		f()
	}
	return nil
}

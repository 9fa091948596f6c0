package admin

import (
	"context"
	"errors"

	"myna/storage"
)

// previewed is how many members a preview names.
const previewed = 50

// PreviewAlias describes an alias as a form has it: one that is not saved, or is saved otherwise.
type PreviewAlias struct {
	Address string `json:"address"`
	AliasFields
	New bool `json:"if_new,omitempty"` // the form makes a new one
}

// AliasPreview tells what would come of an alias, and what keeps it from being saved.
type AliasPreview struct {
	Group    bool     `json:"group"`              // it would be a group
	Chat     int      `json:"chat"`               // so many people would see the group
	Mail     int      `json:"mail"`               // get mail only: their chat is off, or they are elsewhere
	Left     int      `json:"left,omitempty"`     // have left the group, and stay out
	Disabled int      `json:"disabled,omitempty"` // are disabled, and get nothing
	Loops    int      `json:"loops"`              // so many loops would be ignored
	Members  []Member `json:"members"`            // the first of them
	More     int      `json:"more,omitempty"`     // so many more
	Warnings []string `json:"warnings,omitempty"`
	Problems []string `json:"problems,omitempty"` // why it cannot be saved so
	Reasons  []Reason `json:"reasons,omitempty"`  // the same, for programs
	// Names are what those are called whom the definition names, or who are among the members, by address; who asks may see them.
	Names  map[string]string `json:"names,omitempty"`
	Groups []string          `json:"groups,omitempty"` // those of them that are aliases
}

// Preview tells what an alias would come to if it were saved. What is wrong with it is no error: it is left out, and told.
func (a *Admin) Preview(ctx context.Context, who Actor, r PreviewAlias) (AliasPreview, error) {
	out := AliasPreview{Group: r.GroupChat, Members: []Member{}}
	j, err := a.address(who, r.Address)
	if err != nil {
		return out, err
	}
	if a.Groups == nil {
		return out, refuse(Conflict, "preview-not-running", "only a running server knows what %s would come to; start it", j)
	}
	al, err := a.Store.Alias(ctx, j)
	switch absent := errors.Is(err, storage.ErrNotFound); {
	case err != nil && !absent:
		return out, stored(err, "read alias", j.String())
	case absent || r.New || !al.Deleted.IsZero():
		al = storage.Alias{JID: j, Created: a.now()}
		err = out.notes(a.free(ctx, j))
	}
	if err != nil {
		return out, err
	}
	if err := a.draft(ctx, who, &al, r.AliasFields, &out); err != nil {
		return out, err
	}
	res, err := a.Groups.Preview(ctx, &al)
	if err != nil {
		return out, stored(err, "resolve alias", j.String())
	}
	out.count(res)
	return out, a.called(ctx, who, r.AliasFields, &out)
}

// draft fills an alias with those fields that are in order, and notes what the others lack.
func (a *Admin) draft(ctx context.Context, who Actor, al *storage.Alias, f AliasFields, out *AliasPreview) error {
	good := func(list []string, check func(one []string) error) (kept []string, err error) {
		if len(list) > a.Bounds(al.JID.Domain()).AliasTargets {
			return nil, check(list)
		}
		for _, s := range list {
			switch err := check([]string{s}); {
			case err == nil:
				kept = append(kept, s)
			case out.notes(err) != nil:
				return nil, err
			}
		}
		return kept, nil
	}
	var errs [3]error
	f.Targets, errs[0] = good(f.Targets, func(one []string) error { _, err := a.targets(ctx, who, al, one); return err })
	f.Leads, errs[1] = good(f.Leads, func(one []string) error {
		_, err := a.people(ctx, who, "lead", al.JID.Domain(), al.Leads, one)
		return err
	})
	f.Posters, errs[2] = good(f.Posters, func(one []string) error {
		_, err := a.people(ctx, who, "poster", al.JID.Domain(), al.Posters, one)
		return err
	})
	if err := errors.Join(errs[:]...); err != nil {
		return out.notes(err)
	}
	checked := *al
	if len(f.Targets) > 0 || f.Everyone || len(out.Problems) == 0 { // else it is said already why there are no targets
		err := a.fill(ctx, who, &checked, f)
		if err == nil {
			*al = checked
			return nil
		}
		if err := out.notes(err); err != nil {
			return err
		}
	}
	var err error
	al.Everyone, al.Membership = f.Everyone, f.Membership
	if al.Targets, err = a.targets(ctx, who, al, f.Targets); err == nil {
		al.Leads, err = a.people(ctx, who, "lead", al.JID.Domain(), al.Leads, f.Leads)
	}
	return err
}

// notes takes what an administrator can do something about for a problem of the draft; other errors it returns.
func (p *AliasPreview) notes(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Kind != Internal {
		p.Problems, p.Reasons = append(p.Problems, e.Text), append(p.Reasons, e.Reason)
		return nil
	}
	return err
}

// count fills in what the targets come to.
func (p *AliasPreview) count(r Resolution) {
	for _, m := range r.Members {
		switch m.Kind {
		case "chat":
			p.Chat++
		case "left":
			p.Left++
		case "disabled":
			p.Disabled++
		default:
			p.Mail++
		}
	}
	n := min(len(r.Members), previewed)
	p.Members, p.More = append(p.Members, r.Members[:n]...), len(r.Members)-n
	p.Loops, p.Warnings = r.Loops, r.Warnings
}

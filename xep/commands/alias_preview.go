package commands

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"myna/xmpp/form"
)

// preview is what is read of what an alias would come to.
type preview struct {
	Chat     int `json:"chat"`
	Mail     int `json:"mail"`
	Left     int `json:"left"`
	Disabled int `json:"disabled"`
	More     int `json:"more"`
	members
	Problems []string `json:"problems"`
}

// previewAlias tells what an alias that is filled out would come to, and why it cannot be saved so.
func (c *Commands) previewAlias(ctx context.Context, k *call) (outcome, error) {
	o, err := k.decided()
	if err != nil {
		return outcome{}, err
	}
	o["address"] = k.values.First("address")
	var p preview
	if err := c.do(ctx, k, "alias.preview", o, &p); err != nil {
		return outcome{}, err
	}
	x := form.New("result", "")
	for _, n := range []struct {
		name, label string
		number      int
	}{{"chat", "See the group", p.Chat}, {"mail", "Get mail only", p.Mail}, {"left", "Have left", p.Left}, {"disabled", "Are disabled", p.Disabled},
		{"more", "Not listed here", p.More}} {
		x.Add(form.Field("text-single", n.name, n.label, strconv.Itoa(n.number)))
	}
	x.Add(p.table()...)
	return outcome{payload: x, note: strings.Join(slices.Concat(p.Problems, p.Warnings), "\n")}, nil
}

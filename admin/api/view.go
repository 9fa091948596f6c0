package api

import (
	"myna/admin"
)

// plainAccount is what is decided about an account, without what changes by itself.
func plainAccount(c *call, result any) (any, error) {
	var a admin.Account
	switch x := result.(type) {
	case admin.AccountDetail:
		a = x.Account
	case admin.AccountPut:
		a = x.Account
		c.created = x.New
	case admin.Account:
		a = x
	}
	a.Online = 0
	return a, nil
}

// plainAlias is what is decided about an alias.
func plainAlias(c *call, result any) (any, error) {
	switch x := result.(type) {
	case admin.AliasDetail:
		return x.Alias, nil
	case admin.AliasPut:
		c.created = x.New
		return x.Alias, nil
	}
	return result, nil
}

func members(_ *call, result any) (any, error) {
	if x, ok := result.(admin.AliasDetail); ok && x.Effective != nil {
		return *x.Effective, nil
	}
	return admin.Resolution{Members: []admin.Member{}}, nil
}

func oneDomain(c *call, result any) (any, error) {
	for _, h := range result.(admin.Status).Hosts {
		if h.Host == c.req.PathValue("domain") {
			return h, nil
		}
	}
	return nil, problem{kind: notFound, detail: "there is no domain " + c.req.PathValue("domain")}
}

// imported is a problem where nothing was created because of refused lines.
func imported(_ *call, result any) (any, error) {
	x := result.(admin.Imported)
	if x.Created == 0 && len(x.Refused) > 0 {
		return nil, problem{kind: string(admin.Invalid), detail: "nothing was imported; see the refused lines", reason: admin.Reason{Code: "import-nothing"}, refused: x.Refused}
	}
	return x, nil
}

package admin

import (
	"slices"
	"strings"

	"myna/xmpp/fold"
)

// Page bounds a list. Lists are in the order of their addresses.
type Page struct {
	Search string `json:"search,omitempty"` // what the address or the words about it have in them; case and diacritics do not count
	After  string `json:"after,omitempty"`  // only what comes after this address
	Limit  int    `json:"limit,omitempty"`  // 0: all
}

// cut takes a page of rows; of tells the address of a row and the words about it.
func cut[T any](p Page, rows []T, of func(T) (address, words string)) []T {
	slices.SortStableFunc(rows, func(x, y T) int {
		ax, _ := of(x)
		ay, _ := of(y)
		return strings.Compare(ax, ay)
	})
	wanted := fold.Text(p.Search)
	list := rows[:0:0]
	for _, row := range rows {
		address, words := of(row)
		if address <= p.After || wanted != "" && !strings.Contains(fold.Text(address+"\n"+words), wanted) {
			continue
		}
		if list = append(list, row); p.Limit > 0 && len(list) == p.Limit {
			break
		}
	}
	return list
}

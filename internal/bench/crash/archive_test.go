package crash

import (
	"strings"
	"testing"
)

func TestQueryPages(t *testing.T) {
	first, next := query("q1", ""), query("q2", "id-7")
	if strings.Contains(first, "<after") || !strings.Contains(first, "<max>50</max>") || !strings.Contains(first, "queryid='q1'") {
		t.Errorf("first page: %s", first)
	}
	if !strings.Contains(next, "<after>id-7</after>") { // XEP-0059 § 2.2
		t.Errorf("next page: %s", next)
	}
}

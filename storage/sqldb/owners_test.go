package sqldb

import (
	"fmt"
	"testing"
)

// TestOwnerCache fills the cache far beyond its limit: it stays bounded, and what is used stays in it.
func TestOwnerCache(t *testing.T) {
	c := ownerCache{limit: 10}
	c.put("used", 1)
	for i := range 1000 {
		c.put(fmt.Sprint(i), int64(i))
		if id, ok := c.get("used"); !ok || id != 1 {
			t.Fatalf("after %d others the used one is %d, %v", i, id, ok)
		}
		if n := len(c.young) + len(c.old); n > 20 {
			t.Fatalf("the cache holds %d", n)
		}
	}
	if _, ok := c.get("0"); ok {
		t.Error("the cache forgets nothing")
	}
}

package privatestorage

import (
	"context"
	"strconv"
	"testing"

	"myna/config"
	"myna/storage"
	"myna/xmpp"
)

// keys knows the names of documents only: whoever asks it for more panics.
type keys struct {
	storage.Docs
	list []string
}

func (k keys) DocKeys(context.Context, xmpp.JID, string) ([]string, error) { return k.list, nil }

// Who writes a document pays for that one: the others are counted, and not read.
func TestFits(t *testing.T) {
	var list []string
	maxDocs := DefaultConfig().Documents
	for i := range maxDocs {
		list = append(list, strconv.Itoa(i))
	}
	for name, c := range map[string]struct {
		have int
		more string
		fits bool
	}{
		"the first": {0, "x", true}, "the last": {maxDocs - 1, "x", true},
		"one too many": {maxDocs, "x", false}, "one again": {maxDocs, "7", true},
	} {
		p := New(config.NewOptions(DefaultConfig()), keys{list: list[:c.have]}, nil)
		err := p.fits(t.Context(), xmpp.JID{}, map[string][]byte{c.more: []byte("<x/>")})
		if (err == nil) != c.fits {
			t.Errorf("%s: %v", name, err)
		}
	}
}

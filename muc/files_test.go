package muc

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"myna/xmpp"
	"myna/xmpp/wire"
)

type shared struct{ got chan string }

func (s shared) Share(_ context.Context, owner, room xmpp.JID, ids []string) error {
	s.got <- fmt.Sprint(owner, room, ids)
	return nil
}

func TestFilesOf(t *testing.T) {
	const id, id2 = "AAAABBBBCCCCDDDD0000111122223333", "AAAABBBBCCCCDDDD0000111122224444"
	for xml, want := range map[string][]string{
		`<body>https://u.example.net/upload/` + id + `/a.png</body>`:                                                                {id},
		`<body>see https://u.example.net/upload/` + id + `/a.png and aesgcm://u.example.net/upload/` + id2 + `/b#k</body>`:          {id, id2},
		`<x xmlns="jabber:x:oob"><url>https://u/upload/` + id + `/a</url></x><body>https://u/upload/` + id + `/a</body>`:            {id},
		`<file-sharing xmlns="urn:xmpp:sfs:0"><sources><url-data target="https://u/upload/` + id + `/a"/></sources></file-sharing>`: {id},
		`<body>/upload/short/x /upload/` + id + ` /upload/` + strings.Repeat("A", 65) + `/x /upload/</body>`:                        nil,
		`<body>` + strings.Repeat("/upload/"+id+"/a ", 1000) + `</body>`:                                                            {id},
		`<body>nothing</body>`: nil,
	} {
		st, err := wire.Parse([]byte(`<message>` + xml + `</message>`))
		if err != nil {
			t.Fatal(err)
		}
		if got := filesOf(st); !slices.Equal(got, want) {
			t.Errorf("%.80s: %q, want %q", xml, got, want)
		}
	}
}

// TestFilesOfAGroup: the files that a member sends to a group are bound to it; those of rooms that people made are not.
func TestFilesOfAGroup(t *testing.T) {
	s := shared{make(chan string, 9)}
	_, _, a, b := pair(t, func(o *Options) { o.Files = s })
	a.join("tea@groups.example.net", "A")
	a.until("<subject")
	file := `<body>https://u.example.net/upload/AAAABBBBCCCCDDDD0000111122223333/a.png</body>`
	a.send(`<message to="tea@groups.example.net" type="groupchat">%s</message>`, file)
	a.until("tea@groups.example.net/A", "/upload/")
	b.speak(file)
	if got := <-s.got; got != "b@example.net team@groups.example.net [AAAABBBBCCCCDDDD0000111122223333]" {
		t.Error(got)
	}
	b.speak(`<no-store xmlns="urn:xmpp:hints"/>` + file)
	if got := <-s.got; !strings.HasPrefix(got, "b@example.net team@") {
		t.Error(got)
	}
}

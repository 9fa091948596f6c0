package xmpptest

import (
	"strings"
	"testing"
	"time"
)

const head = "# RFC 6121 § 5: a script.\nclient romeo/a, romeo/b\n"

// greet makes romeo/a send romeo/b a message.
const greet = `romeo/a > <message to="romeo@example.net/b" id="1"><body>hi</body></message>` + "\n"

func TestPlay(t *testing.T) {
	tests := []struct {
		name, script string
		wrong        string // a part of the error; "" where the script holds
	}{
		{"holds", greet + `romeo/b < <message from="romeo@example.net/a" id="1"><body>hi</body></message>`, ""},
		{"other text", greet + `romeo/b < <message …><body>ho</body></message>`, `<body/> has the text "hi"`},
		{"attribute too many", greet + `romeo/b < <message from="romeo@example.net/a">…</message>`, `attribute id="1", too`},
		{"unexpected at the end", greet, "at the end romeo/b has received, too"},
		{"unexpected before", greet + "romeo/b < nothing", "romeo/b has received"},
		{"wrong client", greet + `romeo/a < <message …>…</message>`, "nothing arrived in time"},
		{"nothing", "romeo/b < nothing", ""},
		{"any order", greet + strings.Replace(greet, `"1"`, `"2"`, 1) +
			`romeo/b <~ <message id="2" …>…</message>` + "\n" + `romeo/b <~ <message id="1" …>…</message>`, ""},
		{"any order, one too many", greet + strings.Replace(greet, `"1"`, `"2"`, 1) +
			`romeo/b <~ <message id="2" …>…</message>`, "at the end romeo/b has received, too"},
		{"given order", greet + strings.Replace(greet, `"1"`, `"2"`, 1) +
			`romeo/b < <message id="2" …>…</message>`, `id of <message/> is "1" instead of "2"`},
		{"captured", greet + `romeo/b < <message id="{x}" …>…</message>` + "\n" +
			`romeo/b > <message to="romeo@example.net/a" id="{x}{x}"/>` + "\n" + `romeo/a < <message id="11" …/>`, ""},
		{"captured differently", greet + `romeo/b < <message id="{x}" …><body>{x}</body></message>`, `<body/> has the text "hi"`},
		{"not captured", `romeo/b > <message id="{x}"/>`, "{x} has no value"},
		{"output", "admin say 3 rooms\nadmin < {n} rooms\nadmin say 3\nadmin < {n}", ""},
		{"other output", "admin say 3 rooms\nadmin < 4 …", "3 rooms"},
		{"failing step", "admin fail", "cannot admin fail"},
		{"expected failure", "admin fail\nadmin < error: cannot …", ""},
		{"closed", "romeo/a ! write </stream:stream>\nromeo/a < closed", ""},
		{"not closed", "romeo/a < closed", "nothing arrived in time"},
		{"signed in twice", "romeo/a ! connect", "romeo/a is signed in"},
		{"away", "romeo/b ! cut\n" + greet + "romeo/b ! connect\n" + greet + `romeo/b < <message …>…</message>`, ""},
		{"disconnected", "romeo/b ! disconnect\n" + `romeo/b > <presence/>`, "romeo/b has left"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			err := playText(t, head+tt.script+"\n", nil)
			if tt.wrong == "" && err != nil || tt.wrong != "" && (err == nil || !strings.Contains(err.Error(), tt.wrong)) {
				t.Errorf("got error %v, want %q", err, tt.wrong)
			}
		})
	}
}

func playText(t *testing.T, text string, prepare func(*player)) error {
	t.Helper()
	sc, err := parse(text, "")
	if err != nil {
		t.Fatal(err)
	}
	s := startFake(t)
	p := newPlayer(&s, sc, "script.txt")
	p.wait = 300 * time.Millisecond
	if prepare != nil {
		prepare(p)
	}
	return p.play(t.Context())
}

func TestUpdate(t *testing.T) {
	script := head + greet + "# a comment stays\n" + `romeo/b < <message id="{kept}" …>…</message>` + "\n" +
		strings.Replace(greet, "hi", "ho", 1) + `romeo/b < <presence/>` + "\n" + `romeo/b < <message id="gone" …/>` + "\n" +
		`romeo/b > <message to="romeo@example.net/a" id="5"/>` + "\n"
	want := head + greet + "# a comment stays\n" + `romeo/b < <message id="{kept}" …>…</message>` + "\n" +
		strings.Replace(greet, "hi", "ho", 1) +
		`romeo/b < <message id="1" from="romeo@example.net/a"><body>ho</body></message>` + "\n" +
		`romeo/b > <message to="romeo@example.net/a" id="5"/>` + "\n" +
		`romeo/a < <message id="5" from="romeo@example.net/b"/>` + "\n"
	var p *player
	if err := playText(t, script, func(made *player) {
		p = made
		p.update = true
	}); err != nil {
		t.Fatal(err)
	}
	if got := p.rewritten(); got != want {
		t.Errorf("rewritten:\n%s\nwant:\n%s", got, want)
	}
	if err := playText(t, want, nil); err != nil {
		t.Errorf("the rewritten script does not hold: %v", err)
	}
}

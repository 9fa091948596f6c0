package client

import (
	"encoding/xml"
	"strings"
	"testing"
)

type token struct {
	kind Kind
	text string
}

// scanAll feeds the stream in pieces of the given size, dropping used bytes as Conn does.
func scanAll(stream string, piece int) ([]token, error) {
	var s Scanner
	var buf []byte
	var got []token
	for len(stream) > 0 {
		n := min(piece, len(stream))
		buf = append(buf, stream[:n]...)
		stream = stream[n:]
		used := 0
		for {
			kind, el, err := s.Next(buf)
			if err != nil {
				return got, err
			}
			if kind == More {
				break
			}
			got = append(got, token{kind, string(el)})
			used = s.start
		}
		buf = append([]byte(nil), buf[used:]...)
		s.Shift(used)
	}
	return got, nil
}

func TestScannerFindsBorders(t *testing.T) {
	stream := `<?xml version='1.0'?><stream:stream from="a>b" id='"<'>` + " \n" +
		`<stream:features><x/><y a='/>'>t</y></stream:features>` +
		`<r xmlns='urn:xmpp:sm:3'/>` +
		`<message a="1'>" ><body>1 &lt; 2</body></message> <presence/></stream:stream>`
	want := []token{
		{Open, `<stream:stream from="a>b" id='"<'>`},
		{Stanza, `<stream:features><x/><y a='/>'>t</y></stream:features>`},
		{Stanza, `<r xmlns='urn:xmpp:sm:3'/>`},
		{Stanza, `<message a="1'>" ><body>1 &lt; 2</body></message>`},
		{Stanza, `<presence/>`},
		{CloseEnd, `</stream:stream>`},
	}
	for piece := 1; piece <= len(stream); piece++ {
		got, err := scanAll(stream, piece)
		if err != nil || len(got) != len(want) {
			t.Fatalf("pieces of %d: %d tokens, error %v, want %d", piece, len(got), err, len(want))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("pieces of %d: token %d is %+v, want %+v", piece, i, got[i], want[i])
			}
		}
	}
}

func TestScannerRefuses(t *testing.T) {
	for _, bad := range []string{
		"<stream:stream><!-- x -->", "<stream:stream><a><![CDATA[x]]></a>", "</stream:stream>", "<r/>",
		"<s></s></s>",
	} {
		if _, err := scanAll(bad, 1); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}

func FuzzScanner(f *testing.F) {
	f.Add(`<s><a b="'>"><c/></a><d/>`, 3)
	f.Add(`<s>x<a>y</a></s>`, 1)
	f.Fuzz(func(t *testing.T, stream string, piece int) {
		whole, errWhole := scanAll(stream, len(stream)+1)
		parts, errParts := scanAll(stream, min(max(piece, 1), 64))
		if (errWhole == nil) != (errParts == nil) || len(whole) != len(parts) {
			t.Fatalf("%d tokens (%v) whole, %d (%v) in pieces", len(whole), errWhole, len(parts), errParts)
		}
		if errWhole == nil && wellFormed(stream) {
			if n := topLevel(stream); n != stanzas(whole) {
				t.Fatalf("%d stanzas, encoding/xml sees %d", stanzas(whole), n)
			}
		}
		for i, tok := range whole {
			if parts[i] != tok {
				t.Fatalf("token %d differs: %+v and %+v", i, tok, parts[i])
			}
			Attr([]byte(tok.text), "id")
			Text([]byte(tok.text), "body")
		}
	})
}

func stanzas(all []token) (n int) {
	for _, tok := range all {
		if tok.kind == Stanza {
			n++
		}
	}
	return n
}

func wellFormed(stream string) bool { return topLevel(stream) >= 0 }

// topLevel counts the children of the first element with encoding/xml, or -1 when it is no single document.
func topLevel(stream string) int {
	d := xml.NewDecoder(strings.NewReader(stream))
	depth, count, roots := 0, 0, 0
	for {
		tok, err := d.Token()
		if err != nil {
			if depth == 0 && roots == 1 && err.Error() == "EOF" {
				return count
			}
			return -1
		}
		switch tok.(type) {
		case xml.StartElement:
			if depth++; depth == 1 {
				roots++
			}
		case xml.EndElement:
			if depth--; depth == 1 {
				count++
			}
		}
	}
}

func TestElement(t *testing.T) {
	el := []byte(`<message from='a@b/c' id = "x'1" empty=''><bodyguard>no</bodyguard><body xml:lang='en'>hi</body><z/></message>`)
	for name, want := range map[string]string{"from": "a@b/c", "id": "x'1", "empty": "", "body": "", "nil": ""} {
		if got := string(Attr(el, name)); got != want {
			t.Errorf("attribute %s is %q, want %q", name, got, want)
		}
	}
	if got := string(Name(el)); got != "message" {
		t.Errorf("name is %q", got)
	}
	if got := string(Text(el, "body")); got != "hi" {
		t.Errorf("body is %q", got)
	}
	if Text(el, "z") != nil || Text(el, "none") != nil {
		t.Error("text of an empty or absent element")
	}
	if got := string(Attr([]byte("<r xmlns='q'/>"), "xmlns")); got != "q" {
		t.Errorf("attribute of an empty element is %q", got)
	}
}

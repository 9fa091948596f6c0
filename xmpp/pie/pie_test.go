package pie

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"myna/xmpp"
)

// listing writes down what a file has.
type listing struct {
	strings.Builder
	skip string
}

func (l *listing) User(u User, at Place) (bool, error) {
	fmt.Fprintf(l, "user %s@%s %q %t at %s\n", u.Name, u.Host, u.Password, u.HasPassword, at)
	return u.Name == l.skip, nil
}

func (l *listing) Element(e *xmpp.Element, at Place) error {
	fmt.Fprintf(l, "%s at %s\n", e, at)
	return nil
}

func (l *listing) EndUser() error { _, err := l.WriteString("end\n"); return err }

func (l *listing) Unknown(name xmpp.Name, at Place) error {
	fmt.Fprintf(l, "unknown %s %s at %s\n", name.Space, name.Local, at)
	return nil
}

const single = `<?xml version='1.0' encoding='UTF-8'?>
<server-data xmlns='urn:xmpp:pie:0'>
  <config xmlns='urn:else'><a/></config>
  <host jid='capulet.com'>
    <user name='juliet' password='p&amp;w'>
      <query xmlns='jabber:iq:roster'>
        <item jid='a@b'/><item jid='c@d'><group>G</group></item>
      </query>
      <p:pubsub xmlns:p='http://jabber.org/protocol/pubsub'><p:items node='n'><p:item id='1'><x xmlns='u' p:y='1' xml:lang='en'/></p:item><p:item id='2'/></p:items><p:items node='empty'/></p:pubsub>
      <query xmlns='jabber:iq:roster'/>
      <vCard xmlns='vcard-temp'><FN>J &lt; C</FN><xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='/etc/passwd'/></vCard>
    </user>
    <user name='tybalt'><vCard xmlns='vcard-temp'/></user>
  </host>
</server-data>
`

const singleRead = `unknown urn:else config at line 3
user juliet@capulet.com "p&w" true at line 5
<query xmlns="jabber:iq:roster"><item jid="a@b"/></query> at line 7
<query xmlns="jabber:iq:roster"><item jid="c@d"><group>G</group></item></query> at line 7
<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="n"><item id="1"><x xmlns="u" xmlns:ns0="http://jabber.org/protocol/pubsub" ns0:y="1" xml:lang="en"/></item></items></pubsub> at line 9
<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="n"><item id="2"/></items></pubsub> at line 9
<pubsub xmlns="http://jabber.org/protocol/pubsub"><items node="empty"/></pubsub> at line 9
<query xmlns="jabber:iq:roster"/> at line 10
<vCard xmlns="vcard-temp"><FN>J &lt; C</FN><include xmlns="http://www.w3.org/2001/XInclude" href="/etc/passwd"/></vCard> at line 11
end
user tybalt@capulet.com "" false at line 13
`

// Parts are told one by one, with their places, and what is a user's own is not looked at (§ 6).
func TestRead(t *testing.T) {
	l := listing{skip: "tybalt"}
	if err := Read(strings.NewReader(single), &l); err != nil {
		t.Fatal(err)
	}
	if got := l.String(); got != singleRead {
		t.Errorf("got\n%s", got)
	}
}

// tree are the files of § 5.1, and some that are not as they should be.
func tree() fstest.MapFS {
	files := fstest.MapFS{}
	for name, text := range map[string]string{
		"main.xml":                   "<?xml version='1.0'?>\n<server-data xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude'>\n  <xi:include href='capulet.com.xml'/>\n  <!-- c\n --><xi:include href='montague.net.xml'><xi:fallback/></xi:include>\n</server-data>",
		"capulet.com.xml":            "<?xml version='1.0'?>\n\n<host xmlns='urn:xmpp:pie:0' xmlns:xi='http://www.w3.org/2001/XInclude' jid='capulet.com'>\n<xi:include href='capulet.com/juliet.xml'/>\n<xi:include href='capulet.com/mercutio%20m.xml'/></host>",
		"montague.net.xml":           "<host xmlns='urn:xmpp:pie:0' jid='montague.net'/>",
		"capulet.com/juliet.xml":     "<user xmlns='urn:xmpp:pie:0' name='juliet'>\n<include xmlns='http://www.w3.org/2001/XInclude' href='../card.xml'/>\n<a xmlns='u'/></user>",
		"capulet.com/mercutio m.xml": "<user xmlns='urn:xmpp:pie:0' name='mercutio'/>",
		"card.xml":                   "\n<vCard xmlns='vcard-temp'>\n<include xmlns='http://www.w3.org/2001/XInclude' href='main.xml'/></vCard>",
		"loop.xml":                   "<server-data xmlns='urn:xmpp:pie:0'><host jid='a'><include xmlns='http://www.w3.org/2001/XInclude' href='loop2.xml'/></host></server-data>",
		"loop2.xml":                  "<include xmlns='http://www.w3.org/2001/XInclude' href='loop2.xml'/>",
		"bad.xml":                    "<server-data xmlns='urn:xmpp:pie:0'>\n<host jid='a'>\n</server-data>",
		"type.xml":                   "<!DOCTYPE a [<!ENTITY b 'c'>]><server-data xmlns='urn:xmpp:pie:0'/>",
	} {
		files[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func open(files fs.FS) func(string) (io.ReadCloser, error) {
	return func(name string) (io.ReadCloser, error) { return files.Open(name) }
}

func TestFlatten(t *testing.T) {
	var flat bytes.Buffer
	if err := Flatten(open(tree()), "main.xml", &flat); err != nil {
		t.Fatal(err)
	}
	var l listing
	if err := Read(&flat, &l); err != nil {
		t.Fatal(err)
	}
	want := `user juliet@capulet.com "" false at capulet.com/juliet.xml:1
<vCard xmlns="vcard-temp">&#10;<include xmlns="http://www.w3.org/2001/XInclude" href="main.xml"/></vCard> at card.xml:2
<a xmlns="u"/> at capulet.com/juliet.xml:3
end
user mercutio@capulet.com "" false at capulet.com/mercutio m.xml:1
end
`
	if l.String() != want {
		t.Errorf("got\n%s", l.String())
	}
	flat.Reset()
	if err := Flatten(open(fstest.MapFS{"a.xml": {Data: []byte(single)}}), "a.xml", &flat); err != nil {
		t.Fatal(err)
	}
	one := listing{skip: "tybalt"}
	if err := Read(&flat, &one); err != nil || one.String() != strings.ReplaceAll(singleRead, " line ", " a.xml:") {
		t.Errorf("%v, got\n%s", err, one.String())
	}
}

// What is wrong is said with its place, and nothing leads out of the directory or never ends.
func TestMistakes(t *testing.T) {
	for name, want := range map[string]string{
		"loop.xml": "include each other", "bad.xml": "bad.xml:3: ", "type.xml": "document type", "none.xml": "not exist",
	} {
		err := Flatten(open(tree()), name, io.Discard)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
	for attrs, want := range map[string]string{
		`href="/etc/passwd"`: "beside", `href="file:///etc/passwd"`: "beside", `href="//a/b"`: "beside", `href="a?b"`: "beside", `href="a#b"`: "beside",
		``: "beside", `href="a" parse="text"`: "parse", `href="a" xpointer="b"`: "xpointer", `href="../a.xml"`: "include ../a.xml", `href="gone.xml"`: "a.xml:2: include gone.xml",
	} {
		files := fstest.MapFS{"a.xml": {Data: []byte("<server-data xmlns='urn:xmpp:pie:0'>\n<include xmlns='http://www.w3.org/2001/XInclude' " + attrs + "/></server-data>")}}
		err := Flatten(open(files), "a.xml", io.Discard)
		var at *Error
		if !errors.As(err, &at) || at.Line != 2 || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", attrs, err, want)
		}
	}
	for text, want := range map[string]string{
		"": "empty", "<a/>": "begins with <a>", "<server-data xmlns='urn:xmpp:pie:0'>\n<host/></server-data>": "line 2: the host has no", "<server-data xmlns='urn:xmpp:pie:0'><host jid='a'><user/>": "no attribute name",
		"<server-data xmlns='urn:xmpp:pie:0'>\n<host jid='a'>": "line 2: ", "<!DOCTYPE a>": "document type",
		"<server-data xmlns='urn:xmpp:pie:0'><host jid='a'><user name='b'>" + strings.Repeat("<a>", 2*maxDepth): "deeply",
	} {
		if err := Read(strings.NewReader(text), &listing{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.60q: %v, want %q", text, err, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(single)
	f.Add("<?myna-source 3 a.xml?><server-data xmlns='urn:xmpp:pie:0'><host jid='a'><user name='b'><?myna-source 9 x?><archive xmlns='urn:xmpp:pie:0#mam'><result/></archive></user></host></server-data>")
	f.Fuzz(func(t *testing.T, text string) {
		var direct, flat listing
		err := Read(strings.NewReader(text), &direct)
		var b bytes.Buffer
		flattened := Flatten(open(fstest.MapFS{"a": {Data: []byte(text)}}), "a", &b)
		if flattened != nil || strings.Contains(text, "include") || strings.Contains(text, sourceMark) {
			return
		}
		again := Read(&b, &flat)
		if (err == nil) != (again == nil) || err == nil && strings.ReplaceAll(direct.String(), " line ", " a:") != flat.String() {
			t.Errorf("read %v, flattened and read %v:\n%s\n%s", err, again, direct.String(), flat.String())
		}
	})
}

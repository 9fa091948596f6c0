package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"myna/admin"
	"myna/config"
	"myna/internal/xmpptest"
	"myna/server/servertest"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// deed is an operation as it is done at each door. DOOR is the name of the door. What changes something leaves one line: an
// action, and a field with what it was and is; "" is nothing, "*" anything.
type deed struct {
	op                      string
	cli, api, xmpp          string // words; METHOD PATH BODY; node, and per form what is filled out
	action, field, old, now string
}

// deeds are the operations of aliases, groups and rooms, in an order in which they can be done.
var deeds = []deed{
	{"alias.preview", "alias preview a-DOOR@example.net --target lan@example.net --group-chat",
		`POST /aliases/a-DOOR@example.net/preview {"targets":["lan@example.net"],"group_chat":true}`,
		"alias-preview address=a-DOOR@example.net,targets=lan@example.net,group_chat=1", "", "", "", ""},
	{"alias.create", "alias create a-DOOR@example.net --target lan@example.net --group-chat",
		`POST /aliases {"address":"a-DOOR@example.net","targets":["lan@example.net"],"group_chat":true}`,
		"alias-create address=a-DOOR@example.net,targets=lan@example.net,group_chat=1", "alias.create", "address", "", `"a-DOOR@example.net"`},
	{"alias.put", "alias put a-DOOR@example.net --target lan@example.net --group-chat --name Put",
		`PUT /aliases/a-DOOR@example.net {"targets":["lan@example.net"],"group_chat":true,"name":"Put"}`,
		"alias-put address=a-DOOR@example.net,targets=lan@example.net,group_chat=1,name=Put", "alias.set", "name", "", `"Put"`},
	{"alias.set", "alias set a-DOOR@example.net --name Set", `PATCH /aliases/a-DOOR@example.net {"name":"Set"}`,
		"alias-set alias=a-DOOR@example.net name=Set", "alias.set", "name", `"Put"`, `"Set"`},
	{"alias.add", "alias add a-DOOR@example.net minh@example.net", `POST /aliases/a-DOOR@example.net/targets {"targets":["minh@example.net"]}`,
		"alias-add alias=a-DOOR@example.net targets=minh@example.net", "alias.add", "targets", `["lan@example.net"]`, `["lan@example.net","minh@example.net"]`},
	{"alias.remove", "alias remove a-DOOR@example.net minh@example.net", `POST /aliases/a-DOOR@example.net/targets/remove {"targets":["minh@example.net"]}`,
		"alias-remove alias=a-DOOR@example.net targets=minh@example.net", "alias.remove", "targets", `["lan@example.net","minh@example.net"]`, `["lan@example.net"]`},
	{"alias.rename", "alias rename a-DOOR@example.net b-DOOR@example.net", `POST /aliases/a-DOOR@example.net/rename {"to":"b-DOOR@example.net"}`,
		"alias-rename alias=a-DOOR@example.net to=b-DOOR@example.net", "alias.rename", "address", `"a-DOOR@example.net"`, `"b-DOOR@example.net"`},
	{"alias.list", "alias list", "GET /aliases", "alias-list", "", "", "", ""},
	{"alias.show", "alias show b-DOOR@example.net", "GET /aliases/b-DOOR@example.net", "alias-show alias=b-DOOR@example.net", "", "", "", ""},
	{"group.list", "group list", "GET /groups", "group-list", "", "", "", ""},
	{"group.show", "group show b-DOOR@example.net", "GET /groups/b-DOOR@example.net", "group-show room=a-DOOR@groups.example.net", "", "", "", ""},
	{"group.delete-files", "group delete-files b-DOOR@example.net --yes", "DELETE /groups/b-DOOR@example.net/files",
		"group-delete-files room=a-DOOR@groups.example.net", "group.delete-files", "address", `"a-DOOR@groups.example.net"`, ""},
	{"alias.delete", "alias delete b-DOOR@example.net", "DELETE /aliases/b-DOOR@example.net", "alias-delete alias=b-DOOR@example.net",
		"alias.delete", "deleted", "", "*"},
	{"alias.restore", "alias restore b-DOOR@example.net", "POST /aliases/b-DOOR@example.net/restore", "alias-restore alias=b-DOOR@example.net",
		"alias.restore", "deleted", "*", ""},
	{"room.list", "room list", "GET /rooms", "room-list", "", "", "", ""},
	{"room.show", "room show tea-DOOR@groups.example.net", "GET /rooms/tea-DOOR@groups.example.net", "room-show room=tea-DOOR@groups.example.net", "", "", "", ""},
	{"room.delete", "room delete tea-DOOR@groups.example.net --yes", "DELETE /rooms/tea-DOOR@groups.example.net",
		"room-delete room=tea-DOOR@groups.example.net reason=cold", "room.delete", "address", `"tea-DOOR@groups.example.net"`, ""},
}

// doors is a server with all its doors.
type doors struct {
	*shell
	s    xmpptest.Server
	boss *xmpptest.Client
	base string
	key  admin.CreatedKey
}

func openDoors(t *testing.T) *doors {
	t.Helper()
	d := &doors{shell: newShell(t)}
	d.write("myna.toml", fmt.Sprintf("hosts = [%q]\ndata_dir = %q\n\n[listen]\nadmin_socket = \"run/myna.sock\"\n", servertest.Domain, d.dir))
	var web string
	d.s, web = servertest.StartWeb(t, func(cfg *config.Config) {
		cfg.DataDir, cfg.Listen.AdminSocket = d.dir, "run/myna.sock"
		cfg.Modules = map[string]config.Section{"muc": {"room_creation": "everybody"}}
	})
	d.base = "http://" + web + "/api/v1"
	for _, who := range []string{"boss", "lan", "minh"} {
		if _, err := d.s.Account(t.Context(), who+"@example.net"); err != nil {
			t.Fatal(err)
		}
	}
	d.must(`account.set {"address":"boss@example.net","role":"server"}`)
	d.key = decode[admin.CreatedKey](t, d.must(`key.create {"name":"program"}`))
	c, err := xmpptest.Dial(t.Context(), &d.s, "boss@example.net")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Cut)
	if err := c.Login(t.Context(), "pencil"); err != nil {
		t.Fatal(err)
	}
	if err := c.Bind(t.Context(), "desk"); err != nil {
		t.Fatal(err)
	}
	d.boss = c
	return d
}

// must does something by no door.
func (d *doors) must(line string) string {
	d.t.Helper()
	out, err := d.s.Do(d.t.Context(), "admin "+line)
	if err != nil {
		d.t.Fatal(err)
	}
	return out
}

func (d *doors) log() []admin.AuditLine {
	d.t.Helper()
	return decode[[]admin.AuditLine](d.t, d.must(`audit.list {"limit":1000}`))
}

// request does something by the HTTP API.
func (d *doors) request(what string) {
	d.t.Helper()
	method, rest, _ := strings.Cut(what, " ")
	path, body, _ := strings.Cut(rest, " ")
	r, err := http.NewRequestWithContext(d.t.Context(), method, d.base+path, strings.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+d.key.Text)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		d.t.Fatal(err)
	}
	defer resp.Body.Close()
	if answer, err := io.ReadAll(resp.Body); err != nil || resp.StatusCode >= 300 {
		d.t.Errorf("%s: %d %s %v", what, resp.StatusCode, answer, err)
	}
}

// command does something by an ad-hoc command.
func (d *doors) command(what string) {
	d.t.Helper()
	words := strings.Fields(what)
	ask := func(attrs, content string) *xmpp.Element {
		iq, err := d.boss.Ask(d.t.Context(), fmt.Sprintf(`<iq type="set" id="%s" to="example.net"><command xmlns="%s" node="myna:%s"%s>%s</command></iq>`,
			xmpp.NewID(), ns.Commands, words[0], attrs, content))
		if err != nil {
			d.t.Fatalf("%s: %v", what, err)
		}
		return iq.Child(ns.Commands, "command")
	}
	e := ask("", "")
	for _, filled := range words[1:] {
		fields := ""
		for _, f := range strings.Split(filled, ",") {
			name, value, _ := strings.Cut(f, "=")
			fields += `<field var="` + name + `"><value>` + value + `</value></field>`
		}
		e = ask(` sessionid="`+e.Attr("sessionid")+`"`, `<x xmlns="`+ns.DataForm+`" type="submit">`+fields+`</x>`)
	}
	if e.Attr("status") != "completed" || strings.Contains(e.String(), `type="error"`) {
		d.t.Errorf("%s: %s", what, e)
	}
}

// TestEveryDoor: each operation of aliases, groups and rooms can be done by the command line, the HTTP API and a client, and what it
// changes is told in one line of the log: who, by which door, what it was and is.
func TestEveryDoor(t *testing.T) {
	for _, o := range admin.Ops() {
		kind, _, _ := strings.Cut(o.Name, ".")
		if slices.Contains([]string{"alias", "group", "room"}, kind) && !slices.ContainsFunc(deeds, func(x deed) bool { return x.op == o.Name }) {
			t.Errorf("nothing shows that %s is at each door", o.Name)
		}
	}
	d := openDoors(t)
	for door, actor := range map[string]string{"cli": "cli", "api": "key " + d.key.ID + " (program)", "xmpp": "boss@example.net"} {
		d.rooms("tea-" + door + "@groups.example.net")
		at := strings.NewReplacer("DOOR", door)
		for _, x := range deeds {
			switch x.op { // the room follows the alias in a moment
			case "alias.put":
				d.made("a-" + door + "@example.net")
			case "alias.list":
				d.made("a-" + door + "@groups.example.net")
			}
			before := len(d.log())
			switch door {
			case "cli":
				d.ok(strings.Fields(at.Replace(x.cli))...)
			case "api":
				d.request(at.Replace(x.api))
			case "xmpp":
				d.command(at.Replace(x.xmpp))
			}
			lines := d.log()
			if err := x.told(lines[:len(lines)-before], actor, door, at); err != nil {
				t.Errorf("%s by %s: %v", x.op, door, err)
			}
		}
	}
}

// told checks what the log says of a deed.
func (x *deed) told(lines []admin.AuditLine, actor, door string, at *strings.Replacer) error {
	if x.action == "" && len(lines) == 0 {
		return nil
	}
	if x.action == "" || len(lines) != 1 {
		return fmt.Errorf("%d lines: %+v", len(lines), lines)
	}
	var change struct{ Old, New map[string]json.RawMessage }
	if err := json.Unmarshal(lines[0].Change, &change); err != nil {
		return err
	}
	fits := func(got json.RawMessage, want string) bool {
		return string(got) == at.Replace(want) || want == "*" && len(got) > 0
	}
	if l := lines[0]; l.Actor != actor || l.Door != door || l.Action != x.action || !fits(change.Old[x.field], x.old) || !fits(change.New[x.field], x.now) {
		return fmt.Errorf("%s by %s at %s: %s", l.Action, l.Actor, l.Door, l.Change)
	}
	return nil
}

// rooms makes a room that stays.
func (d *doors) rooms(room string) {
	d.t.Helper()
	if err := d.boss.Send(`<presence to="` + room + `/boss"><x xmlns="` + ns.MUC + `"/></presence>`); err != nil {
		d.t.Fatal(err)
	}
	if _, err := d.boss.Ask(d.t.Context(), `<iq type="set" id="`+xmpp.NewID()+`" to="`+room+`"><query xmlns="`+ns.MUCOwner+`"><x xmlns="`+ns.DataForm+
		`" type="submit"><field var="FORM_TYPE"><value>`+ns.MUCConfig+`</value></field><field var="muc#roomconfig_persistentroom"><value>1</value></field></x></query></iq>`); err != nil {
		d.t.Fatal(err)
	}
}

// made waits until a group has its room, or a room knows its group; the address is that of either.
func (d *doors) made(address string) {
	d.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if _, err := d.s.Do(d.t.Context(), `admin group.show {"address":"`+address+`"}`); err == nil {
			return
		}
		select {
		case <-d.t.Context().Done():
			d.t.Fatal("the group has no room")
		case <-tick.C:
		}
	}
}

package groups

import (
	"errors"
	"testing"

	"mellium.im/xmpp/stanza"

	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/wire"
)

// Who writes to the address of an alias from outside learns no more than that nobody takes it, whoever it is.
func TestStrangersWriteToAnAlias(t *testing.T) {
	w := newTown(t, 1)
	w.save(storage.Alias{JID: jid("sales@example.com"), GroupChat: true, Created: w.now.UTC(), Targets: []string{"an@example.com", "x@elsewhere"}})
	w.settle()
	for from, want := range map[string]stanza.Condition{
		"x@elsewhere/a":    stanza.ServiceUnavailable, // a target, but one of mail only
		"y@elsewhere/a":    stanza.ServiceUnavailable,
		"elsewhere":        stanza.ServiceUnavailable,
		"example.com":      stanza.ServiceUnavailable,
		"ba@example.com/a": stanza.Forbidden,
		"ba@example.org/a": stanza.Forbidden,
	} {
		st, err := wire.Parse([]byte(`<message to="sales@example.com" type="chat"><body>hello</body></message>`))
		if err != nil {
			t.Fatal(err)
		}
		st.From, st.To = jid(from), jid("sales@example.com")
		err = w.service.message(&hook.Packet{Stanza: st})
		var r *xmpp.Refusal
		if !errors.As(err, &r) || r.Stanza.Condition != want {
			t.Errorf("%s: %v, want %s", from, err, want)
		}
	}
}

// In a group for everyone with more than a hundred members nobody hears who comes and goes (muc#roomconfig_presencebroadcast),
// in others everybody does.
func TestCrowd(t *testing.T) {
	room := jid("all@groups.example.com")
	for _, c := range []struct {
		everyone bool
		members  int
		want     string
	}{{true, crowd, ""}, {true, crowd + 1, "moderator"}, {false, crowd + 1, ""}} {
		sp := spec(room, &storage.Alias{JID: jid("all@example.com"), Everyone: c.everyone}, c.members)
		if got := sp.Config["presencebroadcast"]; got != c.want {
			t.Errorf("everyone %v, %d members: presence of %q is told", c.everyone, c.members, got)
		}
	}
}

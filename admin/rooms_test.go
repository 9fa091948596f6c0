package admin

import (
	"context"
	"errors"
	"maps"
	"strings"
	"testing"

	"myna/storage"
	"myna/xmpp"
)

// TestVisible: secrets of a room stay in the store.
func TestVisible(t *testing.T) {
	got := visible(map[string]string{"roomname": "Team", "roomsecret": "rose", "x-secret": "key"})
	if want := map[string]string{"roomname": "Team"}; !maps.Equal(got, want) {
		t.Errorf("visible %v, want %v", got, want)
	}
}

// halfRemoved are rooms of which some of the files cannot be removed.
type halfRemoved struct {
	LiveRooms
	gone int
}

func (r *halfRemoved) RemoveFiles(context.Context, xmpp.JID) (int, error) {
	return r.gone, errors.New("the disk is broken")
}

// What of the files of a group is gone is in the audit log, though the rest is there still.
func TestDeleteGroupFilesHalfway(t *testing.T) {
	f := newFixture(t)
	team, room := jid(t, "team@example.com"), jid(t, "team@groups.example.com")
	if err := f.store.PutAlias(t.Context(), storage.Alias{JID: team, GroupChat: true, Room: room}); err != nil {
		t.Fatal(err)
	}
	for lines, gone := range []int{0, 3} {
		f.Rooms = &halfRemoved{gone: gone}
		if out, err := f.DeleteGroupFiles(t.Context(), CommandLine(), Identified{Address: team.String()}); err == nil || out.Files != gone {
			t.Errorf("%+v, %v", out, err)
		}
		list, err := f.ListAudit(t.Context(), CommandLine(), ListAudit{Search: "group.delete-files"})
		if err != nil || len(list) != lines || lines > 0 && !strings.Contains(string(list[0].Change), `"files":3`) {
			t.Errorf("%d files gone: audit %v, %v", gone, list, err)
		}
	}
}

package admin

import (
	"maps"
	"testing"
)

// TestVisible: secrets of a room stay in the store.
func TestVisible(t *testing.T) {
	got := visible(map[string]string{"roomname": "Team", "roomsecret": "rose", "x-secret": "key"})
	if want := map[string]string{"roomname": "Team"}; !maps.Equal(got, want) {
		t.Errorf("visible %v, want %v", got, want)
	}
}

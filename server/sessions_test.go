package server_test

import (
	"encoding/json"
	"testing"
	"time"

	"myna/admin"
	"myna/server/servertest"
)

// Administration sees since when a session is there, in whole seconds.
func TestSessionsHaveATime(t *testing.T) {
	s := servertest.Start(t)
	if _, err := s.Account(t.Context(), "romeo@example.net"); err != nil {
		t.Fatal(err)
	}
	before := time.Now().Truncate(time.Second)
	connect(t, &s, "romeo@example.net", "phone")
	for _, operation := range []string{"account.sessions", "account.show"} {
		text, err := s.Do(t.Context(), "admin "+operation+` {"address":"romeo@example.net"}`)
		if err != nil {
			t.Fatal(err)
		}
		var d admin.AccountDetail
		if operation == "account.show" {
			err = json.Unmarshal([]byte(text), &d)
		} else {
			err = json.Unmarshal([]byte(text), &d.Sessions)
		}
		if err != nil || len(d.Sessions) != 1 {
			t.Fatalf("%s, %v", text, err)
		}
		at := d.Sessions[0].Since
		if at.Before(before) || at.After(time.Now()) || at.Nanosecond() != 0 || at.Location() != time.UTC {
			t.Errorf("%s: since %v; the client came after %v", operation, at, before)
		}
	}
}

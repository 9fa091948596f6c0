// Package storagetest proves that an engine keeps what the comments of package storage promise. Every engine runs it.
package storagetest

import (
	"errors"
	"testing"
	"time"

	"myna/storage"
	"myna/xmpp"
)

// Open opens the database that lives in a directory, and makes it there the first time. now is the store's clock.
type Open func(t *testing.T, dir string, now func() time.Time) storage.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for name, f := range map[string]func(*testing.T, storage.Store){
		"accounts": testAccounts, "bulk accounts": testBulkAccounts, "noted account": testNotedAccount, "delete account": testDeleteAccount, "audit": testAudit, "clients": testClients, "clients end": testClientsEnd, "client notes": testClientNotes, "hash counts": testHashCounts,
		"app passwords": testAppPasswords, "app passwords end": testAppPasswordsEnd,
		"roster": testRoster, "roster versions": testRosterVersions, "documents": testDocs,
		"recent": testRecent, "recent crowd": testRecentCrowd,
		"pubsub nodes": testNodes, "pubsub items": testItems, "pubsub people": testNodePeople,
		"pubsub subscriptions": testSubscriptions, "pubsub ages": testItemAges,
		"rooms": testRooms, "affiliations": testAffiliations, "aliases": testAliases, "outbox": testOutbox,
		"uploads": testUploads, "invites": testInvites, "invited": testInvited,
	} {
		t.Run(name, func(t *testing.T) { run(t, open, f) })
	}
	RunArchive(t, open)
}

// run gives f a new store.
func run(t *testing.T, open Open, f func(*testing.T, storage.Store)) {
	s := open(t, t.TempDir(), time.Now)
	t.Cleanup(func() { check(t, s.Close()) })
	f(t, s)
}

// RunArchive runs the part of the suite that writes and reads archives, for engines with several ways to do that.
func RunArchive(t *testing.T, open Open) {
	for name, f := range map[string]func(*testing.T, storage.Store){
		"append": testAppend, "append order": testAppendOrder, "busy": testBusy, "query": testQuery, "paging": testPaging,
		"query ids": testQueryIDs, "hidden": testHidden, "waiting": testWaiting, "bounds": testBounds, "bounds of ids": testBoundsOfIDs, "newest": testNewest, "edit": testEdit, "backdate": testBackdate, "backdate one time": testBackdateOneTime, "trim": testTrim,
		"preferences": testPrefs, "concurrent": testConcurrent, "closed": testClosed, "text": testText, "text pages": testTextPages,
	} {
		t.Run(name, func(t *testing.T) { run(t, open, f) })
	}
	for name, f := range map[string]func(*testing.T, *database){
		"reopen": testReopen, "ids never again": testIDsNeverAgain, "clock": testClock, "confirm lasts": testConfirmLasts,
		"backup": testBackup,
	} {
		t.Run(name, func(t *testing.T) { f(t, &database{open: open, dir: t.TempDir(), now: time.Now}) })
	}
}

// database is a store that a test closes and opens again.
type database struct {
	open Open
	dir  string
	now  func() time.Time
}

// with opens the database, runs f and closes it.
func (d *database) with(t *testing.T, f func(storage.Store)) {
	t.Helper()
	s := d.open(t, d.dir, func() time.Time { return d.now() })
	f(s)
	check(t, s.Close())
}

// id parses an address that the test wrote itself.
func id(s string) xmpp.JID {
	j, err := xmpp.ParseJID(s)
	if err != nil {
		panic(err)
	}
	return j
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// must returns v or ends the test.
func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		check(t, err)
		return v
	}
}

func wantErr(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("error is %v, want %v", err, want)
	}
}

func same[T comparable](t *testing.T, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Fatalf("%s is %v, want %v", what, got, want)
	}
}

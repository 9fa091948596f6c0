// Package hook is where modules take part in the flow. A module's Register method gets a Registrar and names all
// that it does: the specification it implements, the features it announces, the requests it answers, the stages of a
// message in which it has a say, the events of sessions that it follows. The Registry that comes of it is built once,
// read without locks, and can print itself: the listing is the map of the server.
//
// Order within a point is a stage, never a number, and within a stage the order of the table in package server.
//
// Handlers run on the goroutine of the session or link that the stanza came from, or on the log's goroutine after a
// commit (stages Copy and Rescue); no lock is held. Those of stages must not block. Request handlers may read
// from storage.
package hook

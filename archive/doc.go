// Package archive keeps the messages of accounts, answers queries about the past, and delivers what came while nobody
// was there.
//
// One row serves three purposes: it is what a query finds (XEP-0313), what waits for the next session (XEP-0160), and
// what makes an acknowledged message durable. Which messages are kept is in worth.go, by the rules of XEP-0313 § 6.1.1,
// XEP-0160 § 3 and the sender's hints (XEP-0334); whether the owner wants them kept is in prefs.go (XEP-0441). A row that
// the owner does not want, or that a server without archive keeps only for delivery, is hidden: queries do not find it.
//
// The package also sees to it that a stanza-id (XEP-0359) by one of our addresses is the server's own word.
//
// Rooms and other services use the same queries for their own archives: see Archive.Query.
package archive

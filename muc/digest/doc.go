// Package digest tells people by mail what was said in their groups while no client of theirs was there: one mail for all
// groups, in the rhythm of the domain or that the person has chosen, through the organisation's relay (RFC 5321). A mail says in which groups
// how much was said and by whom last, never what; it is marked as one of a machine (RFC 3834).
//
// Nothing is written for a message. What waits for a mail is in memory: an account, and since when. What the mail says is read
// from the archives of the rooms when it is due, so nobody is told of what was retracted, or seen meanwhile. After a
// restart the archives tell who would have got a mail. Owner the account, space "digest", key "sent": from when on messages have not been
// told, in microseconds; key "choice": the own rhythm.
package digest

// Package signup is how people get an account by themselves: with an invitation, or, where the domain is open, without. All
// doors come in here (XEP-0077, XEP-0389 and XEP-0445 in package xep/registration, the pages in package web), so that all have
// the same rules: which names there are, how many accounts an address of the network makes, and what an invitation is good for.
//
// An invitation is a token that is sent to somebody. It is kept as a hash and good for some days and some uses (XEP-0379 § 5);
// it may keep a name, brings its inviter as a contact (XEP-0401), and the groups of its aliases. Who tries tokens or names is
// slowed down by the limit of failed sign-ins: the address of the network counts, whatever was tried.
//
// Who has lost the password gets a link from an administrator (Reset): it is good once and for some hours, kept as a hash, and gone when
// the password is changed by any door.
package signup

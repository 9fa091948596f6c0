// Package xmpp is the vocabulary of the server: addresses, stanzas as they came from the wire, element trees that
// modules read and build, frames that sessions send, and the errors that both may meet. It follows RFC 6120 (core),
// RFC 6121 (messages and presence) and RFC 7622 (addresses). It does no I/O, and it is the floor that everything
// else stands on.
package xmpp

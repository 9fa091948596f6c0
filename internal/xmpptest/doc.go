// Package xmpptest plays transcripts: conversations between XMPP clients and a server, written down in text files that
// are readable without Go. Each file proves one section of a specification, which its first line names:
//
//	# XEP-0280 § 6.1: a chat message to the bare address is copied to the other client.
//	client romeo/phone, romeo/desk, juliet/balcony
//
//	romeo/desk > <iq type="set" id="1"><enable xmlns="urn:xmpp:carbons:2"/></iq>
//	romeo/desk < <iq type="result" id="1"/>
//	juliet/balcony > <message to="romeo@example.net/phone" type="chat"><body>hi</body></message>
//	romeo/phone < <message from="juliet@example.net/balcony" type="chat" …><body>hi</body></message>
//
// # Clients
//
// A client line declares clients by account and resource; without a domain it is example.net. They sign in one after
// another, send initial presence, and what they receive by that is thrown away, so that the script starts quiet.
// Options stand in parentheses behind a name, separated by commas:
//
//	(no presence)   binds a resource and stays silent
//	(priority -1)   initial presence with this priority
//	(roster)        asks for the roster before it sends presence, so that it gets roster pushes (RFC 6121 § 2.2)
//	(sm)            enables stream management with resumption and answers <r/> by itself (XEP-0198)
//	(raw)           binds a resource, sends no presence, and the script sees all that arrives
//	(auth)          signs in without binding; the script sees all that arrives
//	(stream)        opens the stream, no more; the script sees the features, too
//	(offline)       is declared, and signs in when the script says so
//	(password {p})  signs in with this password in place of the account's
//
// # Steps
//
//	NAME > XML           sends the bytes as they are; an element may span lines
//	NAME < XML           expects this element next
//	NAME <~ XML          expects it in any order with the neighbouring <~ lines of this client
//	NAME < nothing       has received nothing more until now
//	NAME < closed        the server has closed the stream
//	NAME ! connect       signs in (again); the script sees what arrives. With (quiet) it is thrown away, for all
//	NAME ! refused       tries to sign in and is not authorized
//	NAME ! disconnect    closes the stream
//	NAME ! cut           drops the connection without closing the stream
//	NAME ! resume        connects again and resumes the stream of an (sm) client (XEP-0198 § 5)
//	NAME ! open          opens a new stream on the same connection, as after authentication (RFC 6120 § 6.4.6)
//	NAME ! write TEXT    sends text that need not be well-formed
//	admin < TEXT         expects this output of the step before; an error is "error: …"
//	only myna: REASON    the script is not played against other servers
//
// Every other line, like "admin alias create …", is handed to Server.Do. Lines that begin with # are comments.
//
// # Matching
//
// Namespaces count, prefixes do not; the order of attributes does not count, that of children does. The sign … stands
// for any value or part of a value, for any number of nodes where it stands between tags, and, among attributes, for
// further attributes. White space between elements is ignored. A {name} in an expected value takes what stands there
// the first time, and afterwards is that value, in sent lines as well. Three attributes of a received stanza may be
// left out of a line: to, where it is the client's own address; from, where an IQ comes from the own account or
// server; and xml:lang. So may be the stanza-id of a message (XEP-0359): it is checked where a line names one.
//
// The order of what arrives is checked for each client, not between clients. At the end each client pings the server
// and must have received nothing else.
//
// # Switches
//
// go test -update rewrites the expected lines that do not match with what arrived; go test -peer prosody, or
// -peer ADDRESS, plays the same scripts against another server.
package xmpptest

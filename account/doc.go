// Package account keeps the accounts of the served domains and signs people in.
//
// Service creates and changes accounts over storage.Accounts, tells others what changed (OnChange), and holds an index
// of all accounts in memory, which the shared roster, the directory and the router read without locks and without
// storage: Directory is an immutable snapshot of one domain.
//
// Passwords are prepared as OpaqueString (RFC 8265 § 4.2) and kept as SCRAM verifiers only (RFC 5802 § 3). Sign-in is
// independent of the wire: Begin starts an Exchange, Step takes what the client sent, already decoded from base64, and
// gives what to send. The mechanisms are SCRAM-SHA-1, -256 and -512 with and without channel binding (RFC 5802,
// RFC 7677; bindings of RFC 9266 and RFC 5929 § 4) and PLAIN (RFC 4616); they are values of mellium.im/sasl's Mechanism,
// driven by its Negotiator. A name without an account is answered in the same steps, with a salt that is always the
// same for the name, and fails with the same error as a wrong password.
//
// Verifiers that were made elsewhere may be of fewer mechanisms: the account is offered these, and the client makes the others
// once it has signed in (XEP-0480), or the service does when it is handed the password.
//
// # Tokens
//
// A client that has signed in may be given a token for the next times (XEP-0484; mechanisms of
// draft-schmaus-kitten-sasl-ht-09), which is bound to the account, the client's id, the mechanism and, by that, to the TLS
// connection. Storage has a random number for each; the token is made of that with the secret, so what stands in the table
// signs nobody in. A client has at most two: the one that it uses, and a newer one that it has not used yet. All end with
// the password, when the account is disabled, and when it is deleted.
//
// # Passes
//
// A program that has signed its users in, such as a webmail, gets a pass for one of them over the HTTP API. The client
// presents it as the password of PLAIN, or by OAUTHBEARER (RFC 7628), within minutes. Passes are in memory and only by their
// hash. All passes of one session of the program are of one Grant, which every connection remembers that was let in by it:
// when the program ends the session, they end. They end with the password, too, and who came in by one gets no token.
//
// # App passwords
//
// An account may have passwords for single programs and devices, which the server makes. They have the salt and the count of the
// account's own password, so one proof is compared with all (docs/decisions/0012). Proof says what somebody has signed in with,
// so that what is revoked ends the sessions that it gave, and that an app password changes nothing about who can sign in.
//
// # Certificates
//
// Where a domain trusts authorities, a client may show a certificate in the TLS handshake and sign in by EXTERNAL (XEP-0178 § 2) as
// the account whose address it has. People may also hand in certificates of their own (XEP-0257), which no authority needs to have signed.
//
// # Guests
//
// A host may be one for guests: who signs in there by ANONYMOUS (RFC 4505, XEP-0175) gets an address that nobody has, and an account
// with the first session (Welcome), which is gone with it (Part). What was left when the server was killed is removed by Load.
//
// # Failed attempts
//
// Each attempt takes a token before the password is looked at and gets it back when it succeeds, so parallel attempts
// cannot outrun the limit. An address (a /64 of IPv6) has a bucket, and the tried name has one; without a token in both
// the attempt is refused, right or wrong. An attacker could empty the bucket of somebody's name, so an address from
// which an account signed in successfully is remembered for this account, and attempts from there use a bucket of their
// own that nobody else can empty: the owner at a usual place is never locked out, neither by strangers nor by a
// neighbour behind the same address. The last eight places of an account are stored, and read when an attempt is refused,
// so that a restart takes them from nobody. Names without an account have buckets too; otherwise the limit would tell who
// exists. Tables are bounded; when one is full, the fullest of a few random buckets goes, never a drained one before it.
package account

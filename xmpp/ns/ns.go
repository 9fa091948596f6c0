// Package ns holds every namespace that the server speaks, each with the specification that defines it.
package ns

// Streams and stanzas.
const (
	XML      = "http://www.w3.org/XML/1998/namespace" // Namespaces in XML 1.0 § 3
	Stream   = "http://etherx.jabber.org/streams"     // RFC 6120 § 4.8.2
	Streams  = "urn:ietf:params:xml:ns:xmpp-streams"  // RFC 6120 § 4.9.2
	Client   = "jabber:client"                        // RFC 6120 § 4.8.2
	Server   = "jabber:server"                        // RFC 6120 § 4.8.2
	StartTLS = "urn:ietf:params:xml:ns:xmpp-tls"      // RFC 6120 § 5
	SASL     = "urn:ietf:params:xml:ns:xmpp-sasl"     // RFC 6120 § 6
	SASL2    = "urn:xmpp:sasl:2"                      // XEP-0388
	Bind2    = "urn:xmpp:bind:0"                      // XEP-0386
	FAST     = "urn:xmpp:fast:0"                      // XEP-0484
	SASLCert = "urn:xmpp:saslcert:1"                  // XEP-0257
	IAP      = "urn:xmpp:iap:0"                       // XEP-0509

	ClientAccess = "urn:xmpp:cam:0"     // XEP-0494
	MynaUploads  = "urn:myna:uploads:0" // files in an export, for which XEP-0227 has no place
	MynaAccess   = "urn:myna:access:0"  // ways to sign in that XEP-0494 does not name
	MynaGroup    = "urn:myna:group:0"   // what a room says of itself beyond XEP-0045

	SASLUpgrade      = "urn:xmpp:sasl:upgrade:0"             // XEP-0480
	ScramUpgrade     = "urn:xmpp:scram-upgrade:0"            // XEP-0480 § 3
	Bind             = "urn:ietf:params:xml:ns:xmpp-bind"    // RFC 6120 § 7
	Session          = "urn:ietf:params:xml:ns:xmpp-session" // RFC 3921 § 3
	Stanzas          = "urn:ietf:params:xml:ns:xmpp-stanzas" // RFC 6120 § 8.3
	SM               = "urn:xmpp:sm:3"                       // XEP-0198
	CSI              = "urn:xmpp:csi:0"                      // XEP-0352
	SASLCB           = "urn:xmpp:sasl-cb:0"                  // XEP-0440
	Limits           = "urn:xmpp:stream-limits:0"            // XEP-0478
	Roster           = "jabber:iq:roster"                    // RFC 6121 § 2
	RosterManagement = "urn:xmpp:tmp:roster-management:0"    // XEP-0321
	RosterVer        = "urn:xmpp:features:rosterver"         // RFC 6121 § 2.6
	PreAppr          = "urn:xmpp:features:pre-approval"      // RFC 6121 § 3.4
)

// Discovery and small services.
const (
	DiscoInfo    = "http://jabber.org/protocol/disco#info"  // XEP-0030
	DiscoItems   = "http://jabber.org/protocol/disco#items" // XEP-0030
	Caps         = "http://jabber.org/protocol/caps"        // XEP-0115
	Caps2        = "urn:xmpp:caps"                          // XEP-0390
	Hashes       = "urn:xmpp:hashes:2"                      // XEP-0300
	DataForm     = "jabber:x:data"                          // XEP-0004
	RSM          = "http://jabber.org/protocol/rsm"         // XEP-0059
	Ping         = "urn:xmpp:ping"                          // XEP-0199
	Version      = "jabber:iq:version"                      // XEP-0092
	Time         = "urn:xmpp:time"                          // XEP-0202
	Last         = "jabber:iq:last"                         // XEP-0012
	Register     = "jabber:iq:register"                     // XEP-0077
	Private      = "jabber:iq:private"                      // XEP-0049
	Privacy      = "jabber:iq:privacy"                      // XEP-0016, in exports only
	VCard        = "vcard-temp"                             // XEP-0054
	VCard4       = "urn:ietf:params:xml:ns:vcard-4.0"       // XEP-0292
	VCardUpd     = "vcard-temp:x:update"                    // XEP-0153
	Blocking     = "urn:xmpp:blocking"                      // XEP-0191
	Reporting    = "urn:xmpp:reporting:1"                   // XEP-0377
	BlockErr     = "urn:xmpp:blocking:errors"               // XEP-0191 § 3.4
	Commands     = "http://jabber.org/protocol/commands"    // XEP-0050
	ServerInfo   = "http://jabber.org/network/serverinfo"   // XEP-0157
	ServerInfo0  = "urn:xmpp:serverinfo:0"                  // XEP-0485
	Outage       = "urn:xmpp:sos:0"                         // XEP-0455
	NoReply      = "urn:xmpp:noreply:0"                     // XEP-0506
	Affiliations = "urn:xmpp:raa:0"                         // XEP-0489
	DataPolicy   = "urn:xmpp:data-policy:0"                 // XEP-0504
	Search       = "jabber:iq:search"                       // XEP-0055
	Admin        = "http://jabber.org/protocol/admin"       // XEP-0133

	RegisterChange = "jabber:iq:register:changepassword"      // XEP-0077 § 3.3
	RegisterStream = "http://jabber.org/features/iq-register" // XEP-0077 § 8
	Register2      = "urn:xmpp:register:0"                    // XEP-0389
	RegisterToken  = "urn:xmpp:ibr-token:0"                   // XEP-0445 § 3
	PreAuth        = "urn:xmpp:pars:0"                        // XEP-0379
	Invite         = "urn:xmpp:invite"                        // XEP-0401
	OOB            = "jabber:x:oob"                           // XEP-0066 § 3
	Push           = "urn:xmpp:push:0"                        // XEP-0357
	PushSummary    = "urn:xmpp:push:summary"                  // XEP-0357 § 11.3
	JingleMessage  = "urn:xmpp:jingle-message:0"              // XEP-0353
)

// Messages.
const (
	Carbons      = "urn:xmpp:carbons:2"                    // XEP-0280
	CarbonsRules = "urn:xmpp:carbons:rules:0"              // XEP-0280 § 6.2
	Forward      = "urn:xmpp:forward:0"                    // XEP-0297
	Hints        = "urn:xmpp:hints"                        // XEP-0334
	StanzaID     = "urn:xmpp:sid:0"                        // XEP-0359
	Delay        = "urn:xmpp:delay"                        // XEP-0203
	MAM          = "urn:xmpp:mam:2"                        // XEP-0313
	MAMExt       = "urn:xmpp:mam:2#extended"               // XEP-0313 § 4.1.4
	FullText     = "urn:xmpp:fulltext:0"                   // XEP-0431
	Offline      = "msgoffline"                            // XEP-0160
	ChatStates   = "http://jabber.org/protocol/chatstates" // XEP-0085
	Receipts     = "urn:xmpp:receipts"                     // XEP-0184
	Correct      = "urn:xmpp:message-correct:0"            // XEP-0308
	Markers      = "urn:xmpp:chat-markers:0"               // XEP-0333
	Retract      = "urn:xmpp:message-retract:1"            // XEP-0424
	Reactions    = "urn:xmpp:reactions:0"                  // XEP-0444
	Upload       = "urn:xmpp:http:upload:0"                // XEP-0363
	Address      = "http://jabber.org/protocol/address"    // XEP-0033
	EME          = "urn:xmpp:eme:0"                        // XEP-0380
	OMEMO        = "urn:xmpp:omemo:2"                      // XEP-0384
	OMEMO1       = "urn:xmpp:omemo:1"                      // XEP-0384 0.4
	OMEMOOld     = "eu.siacs.conversations.axolotl"        // XEP-0384 0.3
	OpenPGP      = "urn:xmpp:openpgp:0"                    // XEP-0373
	OldPGP       = "jabber:x:encrypted"                    // XEP-0027
	E2E          = "urn:ietf:params:xml:ns:xmpp-e2e"       // RFC 3923
)

// Rooms.
const (
	MUC         = "http://jabber.org/protocol/muc"                        // XEP-0045
	MUCUser     = "http://jabber.org/protocol/muc#user"                   // XEP-0045
	MUCAdmin    = "http://jabber.org/protocol/muc#admin"                  // XEP-0045
	MUCOwner    = "http://jabber.org/protocol/muc#owner"                  // XEP-0045
	MUCRoomInfo = "http://jabber.org/protocol/muc#roominfo"               // XEP-0045 § 6.4
	MUCConfig   = "http://jabber.org/protocol/muc#roomconfig"             // XEP-0045 § 10.2
	MUCUnique   = "http://jabber.org/protocol/muc#unique"                 // XEP-0307
	MUCSelfPing = "http://jabber.org/protocol/muc#self-ping-optimization" // XEP-0410
	MUCStableID = "http://jabber.org/protocol/muc#stable_id"              // XEP-0045 § 17.1.2
	RoomUser    = "x-roomuser-item"                                       // XEP-0045 § 6.6
	OccupantID  = "urn:xmpp:occupant-id:0"                                // XEP-0421
	Conference  = "jabber:x:conference"                                   // XEP-0249
	Channels    = "urn:xmpp:channel-search:0"                             // XEP-0433
	Moderate    = "urn:xmpp:message-moderate:1"                           // XEP-0425
)

// Publish-subscribe and what stands on it.
const (
	PubSub          = "http://jabber.org/protocol/pubsub"                         // XEP-0060
	PubSubEvent     = "http://jabber.org/protocol/pubsub#event"                   // XEP-0060
	PubSubOwner     = "http://jabber.org/protocol/pubsub#owner"                   // XEP-0060
	PubSubErrors    = "http://jabber.org/protocol/pubsub#errors"                  // XEP-0060
	PubSubOptions   = "http://jabber.org/protocol/pubsub#publish-options"         // XEP-0060 § 7.1.5
	PubSubConfig    = "http://jabber.org/protocol/pubsub#node_config"             // XEP-0060 § 8.2
	PubSubMeta      = "http://jabber.org/protocol/pubsub#meta-data"               // XEP-0060 § 5.4
	PubSubSubscribe = "http://jabber.org/protocol/pubsub#subscribe_options"       // XEP-0060 § 6.3
	PubSubAuthorize = "http://jabber.org/protocol/pubsub#subscribe_authorization" // XEP-0060 § 8.6
	PubSubChaining  = "http://jabber.org/protocol/pubsub#chaining"                // XEP-0253
	OrderBy         = "urn:xmpp:order-by:1"                                       // XEP-0413
	Bookmarks       = "urn:xmpp:bookmarks:1"                                      // XEP-0402
	BookmarksCompat = "urn:xmpp:bookmarks:1#compat"                               // XEP-0402 § 6
	BookmarksPEP    = "urn:xmpp:bookmarks:1#compat-pep"                           // XEP-0402 § 6
	StorageBookmark = "storage:bookmarks"                                         // XEP-0048
	BookmarkConv    = "urn:xmpp:bookmarks-conversion:0"                           // XEP-0411
	AvatarData      = "urn:xmpp:avatar:data"                                      // XEP-0084
	AvatarMeta      = "urn:xmpp:avatar:metadata"                                  // XEP-0084
	Nick            = "http://jabber.org/protocol/nick"                           // XEP-0172
)

// Files.
const (
	Export        = "urn:xmpp:pie:0"                  // XEP-0227
	ExportArchive = "urn:xmpp:pie:0#mam"              // XEP-0227 § 4.11
	ExportSCRAM   = "urn:xmpp:pie:0#scram"            // XEP-0227 § 4.3
	XInclude      = "http://www.w3.org/2001/XInclude" // XEP-0227 § 5
)

/** NS names the namespaces that the chat speaks, with the specification that defines them. */
export const NS = {
  client: "jabber:client",
  streams: "urn:ietf:params:xml:ns:xmpp-streams", // RFC 6120
  stanzas: "urn:ietf:params:xml:ns:xmpp-stanzas",
  stream: "http://etherx.jabber.org/streams",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  framing: "urn:ietf:params:xml:ns:xmpp-framing", // RFC 7395
  roster: "jabber:iq:roster", // RFC 6121
  form: "jabber:x:data", // XEP-0004
  discoInfo: "http://jabber.org/protocol/disco#info", // XEP-0030
  discoItems: "http://jabber.org/protocol/disco#items",
  muc: "http://jabber.org/protocol/muc", // XEP-0045
  mucUser: "http://jabber.org/protocol/muc#user",
  mucAdmin: "http://jabber.org/protocol/muc#admin",
  vcard: "vcard-temp", // XEP-0054
  search: "jabber:iq:search", // XEP-0055
  rsm: "http://jabber.org/protocol/rsm", // XEP-0059
  pubsub: "http://jabber.org/protocol/pubsub", // XEP-0060
  pubsubEvent: "http://jabber.org/protocol/pubsub#event",
  publishOptions: "http://jabber.org/protocol/pubsub#publish-options",
  oob: "jabber:x:oob", // XEP-0066
  chatStates: "http://jabber.org/protocol/chatstates", // XEP-0085
  version: "jabber:iq:version", // XEP-0092
  caps: "http://jabber.org/protocol/caps", // XEP-0115
  photo: "vcard-temp:x:update", // XEP-0153
  nick: "http://jabber.org/protocol/nick", // XEP-0172
  avatarData: "urn:xmpp:avatar:data", // XEP-0084
  avatarMeta: "urn:xmpp:avatar:metadata",
  receipts: "urn:xmpp:receipts", // XEP-0184
  sm: "urn:xmpp:sm:3", // XEP-0198
  ping: "urn:xmpp:ping", // XEP-0199
  delay: "urn:xmpp:delay", // XEP-0203
  carbons: "urn:xmpp:carbons:2", // XEP-0280
  forward: "urn:xmpp:forward:0", // XEP-0297
  correct: "urn:xmpp:message-correct:0", // XEP-0308
  mam: "urn:xmpp:mam:2", // XEP-0313
  markers: "urn:xmpp:chat-markers:0", // XEP-0333
  hints: "urn:xmpp:hints", // XEP-0334
  csi: "urn:xmpp:csi:0", // XEP-0352
  sid: "urn:xmpp:sid:0", // XEP-0359
  upload: "urn:xmpp:http:upload:0", // XEP-0363
  bookmarks: "urn:xmpp:bookmarks:1", // XEP-0402
  occupant: "urn:xmpp:occupant-id:0", // XEP-0421
  retract: "urn:xmpp:message-retract:1", // XEP-0424
  fallback: "urn:xmpp:fallback:0", // XEP-0428
  fullText: "urn:xmpp:fulltext:0", // XEP-0431
  reactions: "urn:xmpp:reactions:0", // XEP-0444
  reply: "urn:xmpp:reply:0", // XEP-0461
  moderate: "urn:xmpp:message-moderate:1", // XEP-0425
  displayed: "urn:xmpp:mds:displayed:0", // XEP-0490
  mentions: "urn:xmpp:mentions:0", // XEP-0513
  channel: "urn:xmpp:mentions:0#channel", // XEP-0513 § 3.2.1.1: everybody in a room
} as const;

package pubsub

// Displayed is the node of what an account has read (XEP-0490 § 4.1), one item for each conversation.
const Displayed = "urn:xmpp:mds:displayed:0"

// contactCards is the node of what an account has noted about its contacts (XEP-0292 § 5.2), one item for each.
const contactCards = "urn:xmpp:contacts"

// private are nodes of accounts that specifications want private: they are it from the first publication on, whatever
// a client forgets to say (XEP-0223 § 2).
func private() []Node {
	return []Node{
		{Name: Displayed, Settings: Settings{
			FieldAccess: AccessWhitelist, FieldPersist: "1", FieldMaxItems: most, FieldSendLast: LastNever,
		}},
		{Name: contactCards, Settings: Settings{FieldAccess: AccessWhitelist, FieldPersist: "1", FieldMaxItems: most}},
	}
}

package pubsub

import (
	"strings"

	"myna/storage"
)

// Names of the fields of a node's configuration (XEP-0060 § 16.4.4, XEP-0248 § 12.2.2).
const (
	FieldAccess       = "pubsub#access_model"
	FieldMaxItems     = "pubsub#max_items"
	FieldPersist      = "pubsub#persist_items"
	FieldSendLast     = "pubsub#send_last_published_item"
	FieldTitle        = "pubsub#title"
	FieldPublishModel = "pubsub#publish_model"

	fieldDescription   = "pubsub#description"
	fieldType          = "pubsub#type"
	fieldLanguage      = "pubsub#language"
	fieldContact       = "pubsub#contact"
	fieldTransform     = "pubsub#dataform_xslt"
	fieldPayloads      = "pubsub#deliver_payloads"
	fieldNotifications = "pubsub#deliver_notifications"
	fieldNotifyConfig  = "pubsub#notify_config"
	fieldNotifyDelete  = "pubsub#notify_delete"
	fieldNotifyRetract = "pubsub#notify_retract"
	fieldNotifySub     = "pubsub#notify_sub"
	fieldSubscribe     = "pubsub#subscribe"
	fieldGroups        = "pubsub#roster_groups_allowed"
	fieldPayloadSize   = "pubsub#max_payload_size"
	fieldNotifyType    = "pubsub#notification_type"
	fieldItemExpire    = "pubsub#item_expire"
	fieldItemReply     = "pubsub#itemreply"
	fieldNodeFull      = "pubsub#publish_node_full"
	fieldPresence      = "pubsub#presence_based_delivery"
	fieldTemporary     = "pubsub#tempsub"
	fieldPurgeOffline  = "pubsub#purge_offline"

	fieldNodeType   = "pubsub#node_type"
	fieldCollection = "pubsub#collection"
	fieldChildren   = "pubsub#children"
	fieldPolicy     = "pubsub#children_association_policy"
	fieldWhitelist  = "pubsub#children_association_whitelist"
	fieldMost       = "pubsub#children_max"
)

// What is kept with a node's configuration and is no field of it.
const (
	noteCreator = storage.NodeCreator // the bare address of who created the node
	noteMoved   = "moved"             // where it is now: the node is gone (XEP-0060 § 8.4.1)
	noteChained = "chained"           // the nodes that it repeats (XEP-0253), see links
)

// Values of the field access_model (XEP-0060 § 4.5).
const (
	AccessOpen      = "open"
	AccessPresence  = "presence"
	AccessRoster    = "roster"
	AccessAuthorize = "authorize"
	AccessWhitelist = "whitelist"
)

// Values of the field send_last_published_item.
const (
	LastNever      = "never"
	LastOnSub      = "on_sub"
	LastOnPresence = "on_sub_and_presence"
)

// Values of other fields.
const (
	most          = "max" // as many, or as long, as the service allows
	leaf          = "leaf"
	collection    = "collection"
	retractOldest = "retract-oldest"
	discardOldest = "discard-oldest"
	rejectNew     = "reject"
	replyOwner    = "owner"
	replyPublish  = "publisher"
)

// Settings are fields of a node's configuration: "pubsub#access_model" → "whitelist". Booleans are "1" and "0"; several
// values of one field are separated by line ends.
type Settings map[string]string

// kinds are the types of nodes that have a field.
type kinds uint8

const (
	leaves kinds = 1 << iota
	collections
	both = leaves | collections
)

// field is one field of a form: its type as XEP-0004 has it, and what it may hold.
type field struct {
	name, typ, label string
	options          []string
	pep, service     string // the default of each face
	of               kinds
}

// fields are those of a node's configuration, in the order in which forms show them.
var fields = []field{
	{FieldTitle, "text-single", "A friendly name for the node", nil, "", "", both},
	{fieldDescription, "text-single", "A description of the node", nil, "", "", both},
	{fieldType, "text-single", "The type of the payloads, usually their namespace", nil, "", "", leaves},
	{fieldLanguage, "list-single", "The language of the node", strings.Fields(languages), "", "", both},
	{fieldContact, "jid-multi", "Whom to ask about the node", nil, "", "", both},
	{fieldNodeType, "list-single", "What the node contains: items, or other nodes", []string{leaf, collection}, leaf, leaf, both},
	{fieldCollection, "text-multi", "The collections that contain the node", nil, "", "", both},
	{fieldChildren, "text-multi", "The nodes in the collection", nil, "", "", collections},
	{fieldPolicy, "list-single", "Who may put nodes into the collection", []string{"owners", "whitelist", "all"}, "owners", "owners", collections},
	{fieldWhitelist, "jid-multi", "Who else may put nodes into the collection, for the policy whitelist", nil, "", "", collections},
	{fieldMost, "text-single", "How many nodes the collection may contain", nil, most, most, collections},
	{FieldAccess, "list-single", "Who may subscribe and retrieve items",
		[]string{AccessAuthorize, AccessOpen, AccessPresence, AccessRoster, AccessWhitelist}, AccessPresence, AccessOpen, both},
	{fieldGroups, "text-multi", "Groups of contacts that may subscribe, for the access model roster", nil, "", "", both},
	{FieldPublishModel, "list-single", "Who may publish", []string{"publishers", "subscribers", "open"}, "publishers", "publishers", leaves},
	{FieldPersist, "boolean", "Keep items", nil, "1", "1", leaves},
	{FieldMaxItems, "text-single", "How many items are kept", nil, "1", most, leaves},
	{fieldItemExpire, "text-single", "After how many seconds an item is removed", nil, most, most, leaves},
	{fieldNodeFull, "list-single", "What happens when a node that is full gets one more item",
		[]string{retractOldest, discardOldest, rejectNew}, retractOldest, retractOldest, leaves},
	{fieldPurgeOffline, "boolean", "Remove the items of a publisher who goes offline", nil, "0", "0", leaves},
	{FieldSendLast, "list-single", "When to send the last published item", []string{LastNever, LastOnSub, LastOnPresence},
		LastOnPresence, LastOnSub, leaves},
	{fieldNotifications, "boolean", "Deliver notifications", nil, "1", "1", both},
	{fieldPayloads, "boolean", "Deliver payloads with notifications", nil, "1", "1", leaves},
	{fieldNotifyRetract, "boolean", "Notify when items are removed", nil, "1", "1", leaves},
	{fieldNotifyDelete, "boolean", "Notify when the node is deleted", nil, "1", "1", both},
	{fieldNotifyConfig, "boolean", "Notify when the configuration changes", nil, "0", "0", both},
	{fieldNotifySub, "boolean", "Notify owners of subscriptions", nil, "0", "0", both},
	{fieldSubscribe, "boolean", "Allow subscriptions", nil, "1", "1", both},
	{fieldTemporary, "boolean", "Subscriptions last only as long as the subscriber is online", nil, "0", "0", both},
	{fieldPresence, "boolean", "Deliver notifications only to those who are online", nil, "0", "0", both},
	{fieldNotifyType, "list-single", "The type of notifications", []string{"normal", "headline"}, "headline", "headline", both},
	{fieldItemReply, "list-single", "Whom items name as the one to answer", []string{replyOwner, replyPublish, none}, none, none, leaves},
	{fieldPayloadSize, "text-single", "The largest payload in bytes", nil, most, most, leaves},
	{fieldTransform, "text-single", "The address of an XSL transformation that makes data forms of payloads", nil, "", "", leaves},
}

// languages are those that the configuration of a node offers.
const languages = "af ar az be bg bn bs ca cs cy da de el en eo es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk km ko " +
	"ky lo lt lv mk mn ms my nb ne nl nn pa pl pt ro ru si sk sl sq sr sv sw ta te th tr uk ur uz vi yi zh"

func fieldOf(name string) *field { return fieldIn(fields, name) }

func fieldIn(table []field, name string) *field {
	for i := range table {
		if table[i].name == name {
			return &table[i]
		}
	}
	return nil
}

// kindOf is the type of nodes that a value of node_type means.
func kindOf(nodeType string) kinds {
	if nodeType == collection {
		return collections
	}
	return leaves
}

package pubsub

import (
	"slices"
	"strconv"
	"strings"

	"myna/xmpp"
	"myna/xmpp/ns"
)

// Names of the fields of a node's configuration (XEP-0060 § 17.4.4) that the engine acts on.
const (
	FieldAccess       = "pubsub#access_model"
	FieldMaxItems     = "pubsub#max_items"
	FieldPersist      = "pubsub#persist_items"
	FieldSendLast     = "pubsub#send_last_published_item"
	FieldTitle        = "pubsub#title"
	FieldPublishModel = "pubsub#publish_model"

	fieldDescription   = "pubsub#description"
	fieldType          = "pubsub#type"
	fieldPayloads      = "pubsub#deliver_payloads"
	fieldNotifications = "pubsub#deliver_notifications"
	fieldNotifyConfig  = "pubsub#notify_config"
	fieldNotifyDelete  = "pubsub#notify_delete"
	fieldNotifyRetract = "pubsub#notify_retract"
	fieldSubscribe     = "pubsub#subscribe"
	fieldGroups        = "pubsub#roster_groups_allowed"
	fieldPayloadSize   = "pubsub#max_payload_size"
	fieldNotifyType    = "pubsub#notification_type"
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

// most is the value of max_items that means as many as the service allows.
const most = "max"

// Settings are fields of a node's configuration: "pubsub#access_model" → "whitelist". Booleans are "1" and "0"; several
// values of one field are separated by line ends.
type Settings map[string]string

// field is one field of a node's configuration: its type as XEP-0004 has it, and what it may hold.
type field struct {
	name, typ, label string
	options          []string
	pep, service     string // the default of each face
}

var fields = []field{
	{FieldTitle, "text-single", "A friendly name for the node", nil, "", ""},
	{fieldDescription, "text-single", "A description of the node", nil, "", ""},
	{fieldType, "text-single", "The type of the payloads", nil, "", ""},
	{FieldAccess, "list-single", "Who may subscribe and retrieve items",
		[]string{AccessAuthorize, AccessOpen, AccessPresence, AccessRoster, AccessWhitelist}, AccessPresence, AccessOpen},
	{fieldGroups, "list-multi", "Groups of contacts that may subscribe, for the access model roster", nil, "", ""},
	{FieldPublishModel, "list-single", "Who may publish", []string{"publishers", "subscribers", "open"}, "publishers", "publishers"},
	{FieldPersist, "boolean", "Keep items", nil, "1", "1"},
	{FieldMaxItems, "text-single", "How many items are kept", nil, "1", most},
	{FieldSendLast, "list-single", "When to send the last published item", []string{LastNever, LastOnSub, LastOnPresence},
		LastOnPresence, LastOnSub},
	{fieldNotifications, "boolean", "Deliver notifications", nil, "1", "1"},
	{fieldPayloads, "boolean", "Deliver payloads with notifications", nil, "1", "1"},
	{fieldNotifyRetract, "boolean", "Notify when items are removed", nil, "1", "1"},
	{fieldNotifyDelete, "boolean", "Notify when the node is deleted", nil, "1", "1"},
	{fieldNotifyConfig, "boolean", "Notify when the configuration changes", nil, "0", "0"},
	{fieldSubscribe, "boolean", "Allow subscriptions", nil, "1", "1"},
	{fieldNotifyType, "list-single", "The type of notifications", []string{"normal", "headline"}, "headline", "headline"},
	{fieldPayloadSize, "text-single", "The largest payload in bytes", nil, most, most},
}

func fieldOf(name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}

// normal is the one way to write the values of a field; ok is false for values that it cannot have.
func (f *field) normal(values []string) (v string, ok bool) {
	if f.typ == "list-multi" {
		for _, s := range values {
			if strings.ContainsAny(s, "\n") {
				return "", false
			}
		}
		return strings.Join(values, "\n"), len(values) <= maxGroups
	}
	if len(values) > 1 {
		return "", false
	}
	if len(values) == 1 {
		v = values[0]
	}
	switch {
	case f.typ == "boolean":
		switch v {
		case "1", "true":
			return "1", true
		case "0", "false":
			return "0", true
		}
		return "", false
	case f.options != nil:
		return v, slices.Contains(f.options, v)
	case f.name == FieldMaxItems || f.name == fieldPayloadSize:
		n, err := strconv.ParseUint(v, 10, 31)
		return v, v == most || err == nil && v == strconv.FormatUint(n, 10)
	}
	return v, len(v) <= maxText
}

// Bounds of what one field holds.
const (
	maxGroups = 100
	maxText   = 1000
	maxFields = 100
)

// submitted reads a form that was filled out; fields that no configuration has come back in unknown. ok is false where
// it is no such form, or a field has a value that it cannot have.
func submitted(x *xmpp.Element, formType string) (set Settings, unknown []string, ok bool) {
	if !x.Is(ns.DataForm, "x") || x.Attr("type") != "submit" {
		return nil, nil, false
	}
	set = Settings{}
	n, typed := 0, false
	for e := range x.Elements() {
		if !e.Is(ns.DataForm, "field") {
			continue
		}
		if n++; n > maxFields {
			return nil, nil, false
		}
		var values []string
		for v := range e.Elements() {
			if v.Is(ns.DataForm, "value") {
				values = append(values, v.Text())
			}
		}
		name := e.Attr("var")
		if name == "FORM_TYPE" {
			typed = len(values) == 1 && values[0] == formType
			continue
		}
		f := fieldOf(name)
		if f == nil {
			unknown = append(unknown, name)
			continue
		}
		if set[name], ok = f.normal(values); !ok {
			return nil, nil, false
		}
	}
	return set, unknown, typed
}

// form writes a configuration: to be filled out (typ "form") or to be read ("result").
func form(typ string, value func(name string) string) *xmpp.Element {
	x := xmpp.El(ns.DataForm, "x").Set("type", typ)
	x.Add(formField("hidden", "FORM_TYPE", ns.PubSubConfig))
	for i := range fields {
		f := &fields[i]
		v := value(f.name)
		var values []string
		if v != "" {
			values = strings.Split(v, "\n")
		}
		if typ != "form" {
			x.Add(formField("", f.name, values...))
			continue
		}
		e := formField(f.typ, f.name, values...).Set("label", f.label)
		for _, o := range f.options {
			e.Add(xmpp.El(ns.DataForm, "option", xmpp.El(ns.DataForm, "value").AddText(o)))
		}
		x.Add(e)
	}
	return x
}

func formField(typ, name string, values ...string) *xmpp.Element {
	f := xmpp.El(ns.DataForm, "field").Set("var", name)
	if typ != "" {
		f.Set("type", typ)
	}
	for _, v := range values {
		f.Add(xmpp.El(ns.DataForm, "value").AddText(v))
	}
	return f
}

package server

import (
	"myna/account"
	"myna/account/signup"
	"myna/archive"
	"myna/config"
	"myna/hook"
	"myna/muc"
	"myna/muc/digest"
	"myna/pubsub"
	"myna/roster"
	"myna/upload"
	"myna/xep/affiliations"
	"myna/xep/blocking"
	"myna/xep/bookmarks"
	"myna/xep/channelsearch"
	"myna/xep/contactaddresses"
	"myna/xep/datapolicy"
	"myna/xep/encryption"
	"myna/xep/guests"
	"myna/xep/multicast"
	"myna/xep/outage"
	"myna/xep/partners"
	"myna/xep/privatestorage"
	"myna/xep/push"
	"myna/xep/remoteroster"
	"myna/xep/reports"
	"myna/xep/search"
	"myna/xep/serverinfo"
	"myna/xep/vcard"
)

// row is one module: its name in the configuration, what it is for, its options if it has any, and how it is built
// from what stands above it. The options of each host are replaced at a reload.
type row struct {
	name    string
	doc     string
	options options // nil: none
	build   func(*parts) (hook.Module, error)
}

// options are a module's options (config.Options), whatever their type.
type options interface {
	Defaults() any
	Load(cfg *config.Config, name string) (take func(), err error)
}

// modules is the table of all modules, the only registration there is. A row may use what the rows above it have built.
// Within a stage of a message the order of the table is the order of the handlers.
func modules() []row {
	accounts := config.NewOptions(account.DefaultConfig()).Completed(accountLimits)
	contacts, rooms, files := config.NewOptions(roster.DefaultConfig()), config.NewOptions(muc.DefaultConfig()), config.NewOptions(upload.DefaultConfig())
	past := config.NewOptions(archive.DefaultConfig()).Completed(archiveLimits)
	events, pushes := config.NewOptions(pubsub.DefaultConfig()), config.NewOptions(push.DefaultConfig())
	people, signUp := config.NewOptions(search.DefaultConfig()), config.NewOptions(signup.DefaultConfig())
	mails := config.NewOptions(digest.DefaultConfig())
	contact, several := config.NewOptions(contactaddresses.DefaultConfig()), config.NewOptions(multicast.DefaultConfig())
	outages, policy := config.NewOptions(outage.DefaultConfig()), config.NewOptions(datapolicy.DefaultConfig())
	told := config.NewOptions(serverinfo.DefaultConfig())
	standings := config.NewOptions(affiliations.DefaultConfig())
	visitors := config.NewOptions(guests.DefaultConfig())
	channels := config.NewOptions(channelsearch.DefaultConfig())
	partnership := config.NewOptions(partners.DefaultConfig())
	hidden := config.NewOptions(encryption.DefaultConfig())
	blocked, reported := config.NewOptions(blocking.DefaultConfig()), config.NewOptions(reports.DefaultConfig())
	documents, cards := config.NewOptions(privatestorage.DefaultConfig()), config.NewOptions(vcard.DefaultConfig())
	marked := config.NewOptions(bookmarks.DefaultConfig())
	remote := config.NewOptions(remoteroster.DefaultConfig())
	return []row{
		{"accounts", "Accounts and passwords.", accounts, buildAccounts},
		{"streams", "Client streams.", nil, buildStreams},
		{"guests", "What those may do who have signed in without saying who they are (XEP-0175).", visitors, buildGuests},
		{"contacts", "Contacts, presence, and the shared roster of a domain (RFC 6121).", contacts, buildContacts},
		{"remoteroster", "Services that manage contacts of theirs for people who allow it (XEP-0321).", remote, buildRemoteRoster},
		{"partners", "With whom the accounts of a domain communicate (XEP-0133).", partnership, buildPartners},
		{"encryption", "Whether people may encrypt messages from end to end.", hidden, buildEncryption},
		{"blocking", "Blocked addresses (XEP-0191).", blocked, buildBlocking},
		{"reports", "Reports of users to their administrators (XEP-0377).", reported, buildReports},
		{"archive", "Message archives, and messages for those who are offline (XEP-0313, XEP-0160).", past, buildArchive},
		{"disco", "Service discovery and capabilities (XEP-0030, XEP-0115).", nil, buildDisco},
		{"pubsub", "Publish-subscribe, of every account and as a service (XEP-0060, XEP-0163).", events, buildPubSub},
		{"bookmarks", "Bookmarks of rooms, with the groups of the user among them (XEP-0402, XEP-0048).", marked, buildBookmarks},
		{"private", "Private documents of clients (XEP-0049).", documents, buildPrivate},
		{"vcard", "Cards of people, and their avatars (XEP-0054, XEP-0398).", cards, buildVCard},
		{"carbons", "Copies of messages for all clients of a user (XEP-0280).", nil, buildCarbons},
		{"last", "Last activity (XEP-0012).", nil, buildLast},
		{"multicast", "Messages to several addresses at once (XEP-0033).", several, buildMulticast},
		{"muc", "Rooms and groups (XEP-0045).", rooms, buildRooms},
		{"groups", "Groups: rooms that are kept equal to aliases, and mails about what was missed in them.", mails, buildGroups},
		{"channelsearch", "Search for public rooms (XEP-0433).", channels, buildChannelSearch},
		{"upload", "Files (XEP-0363).", files, buildUpload},
		{"push", "Notifications for apps that are not running (XEP-0357).", pushes, buildPush},
		{"registration", "Accounts that people make by themselves, with an invitation or without, and manage in their client (XEP-0077, XEP-0389, XEP-0445).", signUp, buildRegistration},
		{"affiliations", "What an account is to the server, for those who are trusted (XEP-0489).", standings, buildAffiliations},
		{"search", "Search for people of the domain (XEP-0055).", people, buildSearch},
		{"contact", "How people reach who runs a domain (XEP-0157).", contact, buildContact},
		{"clients", "Who can sign in to an account, and taking that away (XEP-0494).", nil, buildClients},
		{"certificates", "Certificates that people sign in with, which they manage in their client (XEP-0257).", nil, buildCertificates},
		{"announcements", "What administrators have to say to everybody (XEP-0133).", nil, buildAnnouncements},
		{"serverinfo", "What domains there are, told to everybody (XEP-0485).", told, buildServerInfo},
		{"outage", "Where clients read of outages (XEP-0455).", outages, buildOutage},
		{"datapolicy", "How data of users are handled (XEP-0504).", policy, buildDataPolicy},
		{"commands", "Commands for people and administrators in any client (XEP-0050, XEP-0133).", nil, buildCommands},
		{"ping", "Pings (XEP-0199).", nil, buildPing},
		{"version", "The server's name and version (XEP-0092).", nil, buildVersion},
		{"time", "The server's time (XEP-0202).", nil, buildTime},
	}
}

// ModuleOptions lists the modules that have options, for the configuration's documentation and check.
func ModuleOptions() []config.ModuleOptions {
	var list []config.ModuleOptions
	for _, r := range modules() {
		if r.options != nil {
			list = append(list, config.ModuleOptions{Name: r.name, Doc: r.doc, Defaults: r.options.Defaults()})
		}
	}
	return list
}

// Package e2e tells the story of a domain from outside: it starts the built program on the loopback with a database of
// its own, creates people and aliases by the command line, and drives clients that others wrote, python3-slixmpp and
// go-sendxmpp. The stories are in story/story.py. The tests stand behind the build tag e2e, as they need these programs
// and bin/myna:
//
//	make e2e
//	go test -tags e2e ./internal/e2e -run 'TestStory/group' -v
//
// TestNode tells the stories of @xmpp/client, stanza and Strophe, which npm installs for the test; where there
// is no npm it is left out.
//
// TestConverse tells the story of Converse.js in Chromium, on a page of another origin, over WebSocket and BOSH.
//
// TestWeb tells the stories of the web chat and the admin page, which are in web/e2e, with browsers: Debian's chromium, driven by
// playwright-core. STORY_PICTURES names a folder for pictures of the screens of the admin page.
//
// TestRoundcube shows the chat in Debian's Roundcube, with the plugin of docs/examples/roundcube and mailboxes of Dovecot, where both
// are installed.
//
// TestExtensions drives slixmpp's plugins for the other extensions (story/extensions.py, story/rooms.py, story/nodes.py), and what
// comes of several of them together (story/interplay.py), and those who have several devices (story/devices.py).
//
// TestClients tells a day with clients as a person sees it: profanity, whose screen is read and whose keys are pressed by tmux;
// Gajim, driven over its message bus, and Dino, driven by keys, on screens in memory, whose databases tell what they have noted.
// make clients installs them and runs it; make e2e leaves out what E2E_CLIENTS does not name. STORY_PICTURES works
// here, too.
//
// TestSignUp tells of people who make their own account by slixmpp, where the domain is open and with an invitation, and of guests,
// who have none.
//
// TestCrash kills the program under load and holds it to what it acknowledged (package crash of internal/bench).
//
// Stories are told beside each other, each to a server of its own: most of their time is waiting. -parallel says how many.
//
// STORY_TRACE=1 shows what slixmpp sends and receives. With E2E_PEER=prosody the stories are told to Debian's Prosody, which
// shows that they ask only for what the specifications promise; what only Myna has is left out.
package e2e

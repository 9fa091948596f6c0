package archive

import (
	"myna/hook"
	"myna/storage"
	"myna/xmpp"
	"myna/xmpp/ns"
)

// content says how much a message matters later.
type content uint8

const (
	fleeting content = iota // not at all: chat states
	passing                 // somebody who is offline gets it later (XEP-0160 § 3), but it is no part of a conversation: receipts
	lasting                 // part of a conversation (XEP-0313 § 6.1.1)
)

// worth is what a message's type, children and hints say about keeping it.
type worth struct {
	content     content
	body        bool
	noStore     bool // XEP-0334 § 4.2: neither in an archive nor for somebody offline
	noPermanent bool // XEP-0334 § 4.1: not in an archive
}

// flags are those of the message's row.
func (w worth) flags() storage.Flags {
	if w.body {
		return 0
	}
	return storage.NoBody
}

// weigh looks at the message as it will be sent. It does not allocate.
func weigh(p *hook.Packet) (w worth) {
	switch p.Type {
	case xmpp.TypeGroupchat, xmpp.TypeHeadline, xmpp.TypeError:
		return w // XEP-0160 § 3; XEP-0313 § 6.1.1; XEP-0334 § 5: hints inside of errors are the original's
	}
	retracts := false
	for i := range p.Children {
		c := &p.Children[i]
		if p.Stripped(i) {
			continue
		}
		retracts = retracts || c.Is(ns.Retract, "retract")
		if c.Space == ns.Hints {
			w.hint(c.Local)
			continue
		}
		if c.Is(ns.Client, "body") {
			w.body = true
		}
		w.content = max(w.content, matters(c))
	}
	if retracts { // XEP-0424 § 6: it must be stored, for those who come later
		w.noStore, w.noPermanent = false, false
	}
	return w
}

func (w *worth) hint(name string) {
	switch name {
	case "store": // XEP-0334 § 4.4
		w.content = lasting
	case "no-store":
		w.noStore = true
	case "no-permanent-store", "no-permanent-storage": // the second is how XEP-0334 0.1 and some clients write it
		w.noPermanent = true
	}
}

// files is content that stands in the place of a body (XEP-0447).
const files = "urn:xmpp:sfs:0"

// matters says how much a child of a message matters later.
func matters(c *xmpp.Child) content {
	switch c.Space {
	case ns.Client:
		if c.Local == "body" || c.Local == "subject" {
			return lasting
		}
		return fleeting // a thread alone
	case ns.ChatStates, ns.StanzaID, ns.Delay, ns.Nick, ns.Carbons:
		return fleeting
	case ns.EME, ns.OMEMO, ns.OMEMO1, ns.OMEMOOld, ns.OpenPGP, ns.OldPGP, files: // its body is in there (XEP-0334 § 3.4)
		return lasting
	case ns.MUCUser, ns.Conference: // an invitation (XEP-0045 § 7.8, XEP-0249)
		return lasting
	case ns.Reactions, ns.Retract, ns.Correct: // XEP-0444 § 4, XEP-0424 § 5, XEP-0308
		return lasting
	}
	return passing
}

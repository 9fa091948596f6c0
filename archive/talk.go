package archive

import "myna/hook"

// talk names what clients say to each other in messages. The server's part in it is what package archive says of its worth
// (weigh): whether it is kept, and waits for somebody who is offline; packages carbons and router look at the same
// namespaces for copies, and for who may be left asleep.
func talk(r *hook.Registrar) {
	for _, p := range []hook.Protocol{
		{Spec: "XEP-0066", Version: "1.5", Note: "§ 3 passes; a form for new accounts is one (XEP-0077 § 5)"},
		{Spec: "XEP-0085", Version: "2.1", Note: "neither kept nor waiting; they wake no client up"},
		{Spec: "XEP-0184", Version: "1.4.0", Note: "receipts wait for who is offline"},
		{Spec: "XEP-0308", Version: "1.2.1", Note: "corrections are kept beside what they correct"},
		{Spec: "XEP-0333", Version: "1.0.0", Note: "markers wait for who is offline"},
		{Spec: "XEP-0393", Version: "1.1.1", Note: "bodies pass as they are"},
		{Spec: "XEP-0444", Version: "0.2.1", Note: "reactions are kept"},
		{Spec: "XEP-0447", Version: "0.3.1", Note: "files that are shared are kept"},
		{Spec: "XEP-0461", Version: "0.2.1", Note: "replies are kept"},
	} {
		p.Status = hook.Complete
		r.Protocol(p)
	}
}

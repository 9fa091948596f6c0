package server

import "myna/hook"

// signInProtocols names the specifications of signing in.
func signInProtocols(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "RFC 4422", Status: hook.Complete, Note: "EXTERNAL (appendix A) for clients with a certificate"})
	r.Protocol(hook.Protocol{Spec: "RFC 4505", Status: hook.Complete, Note: "on hosts where modules.accounts.anonymous is on"})
	r.Protocol(hook.Protocol{Spec: "RFC 4616", Status: hook.Complete, Note: "PLAIN, inside TLS, where modules.accounts.plain is on"})
	r.Protocol(hook.Protocol{Spec: "RFC 5802", Status: hook.Complete, Note: "SCRAM-SHA-1, -256 (RFC 7677), -512 and -PLUS"})
	r.Protocol(hook.Protocol{Spec: "RFC 5929", Status: hook.Complete, Note: "tls-server-end-point (§ 4); no tls-unique, which TLS 1.3 does not have"})
	r.Protocol(hook.Protocol{Spec: "RFC 7622", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "RFC 7628", Status: hook.Complete, Note: "where modules.accounts.bearer is on, for passes of a webmail"})
	r.Protocol(hook.Protocol{Spec: "RFC 7677", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "RFC 9266", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0178", Version: "1.2", Status: hook.Partial, Note: "§ 2, clients, where modules.accounts.certificate_ca is set"})
	r.Protocol(hook.Protocol{Spec: "XEP-0227", Version: "1.1", Status: hook.Complete,
		Note: "on the command line; exports of one account by the HTTP API, too; of privacy lists what is blocking"})
	r.Protocol(hook.Protocol{Spec: "XEP-0438", Version: "0.2.0", Status: hook.Complete, Note: "verifiers are those of SCRAM, so without a pepper (§ 6.2)"})
	r.Protocol(hook.Protocol{Spec: "XEP-0474", Version: "0.5.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0480", Version: "0.2.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0484", Version: "0.2.0", Status: hook.Complete, Note: "HT-SHA-256 with EXPR, ENDP and NONE; no 0-RTT"})
}

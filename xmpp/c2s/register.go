package c2s

import "myna/hook"

// Register names the specifications of client streams; what they do is negotiated, not registered.
func (s *Server) Register(r *hook.Registrar) {
	r.Protocol(hook.Protocol{Spec: "RFC 6120", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "RFC 7590", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0198", Version: "1.6.3", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0352", Version: "1.0.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0368", Version: "1.1.0", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0440", Version: "0.4.2", Status: hook.Complete})
	r.Protocol(hook.Protocol{Spec: "XEP-0478", Version: "0.2.0", Status: hook.Complete})
}

package account

import "crypto/x509"

// Config is how accounts are kept and how people sign in.
type Config struct {
	Iterations int  `toml:"iterations" min:"10000" max:"10000000" doc:"How often a new password is hashed (RFC 5802). More is slower for attackers who stole the database, and for every client at each sign-in. Passwords that are set keep theirs until they are set again."`
	Plain      bool `toml:"plain" doc:"Also offers the mechanism PLAIN, inside TLS: the client hands its password to the server. For clients that know no SCRAM; those that do never use it."`

	Bearer bool `toml:"bearer" doc:"Also offers the mechanism OAUTHBEARER (RFC 7628), inside TLS: a webmail signs its users in with passes that it gets over the HTTP API. Passes are good for PLAIN too, so this is for where plain is off, and for programs that know this mechanism."`

	MinPassword int `toml:"min_password" min:"1" max:"256" doc:"The least number of characters of a new password. One that is the name of the account is refused, too, and those that people use most. With 1 any password is taken, as test suites need it. Passwords that are set stay as they are."`

	BlockedPasswords string `toml:"blocked_passwords" policy:"file" doc:"A file of passwords that nobody may choose, one a line, relative to data_dir: for example those that are known from thefts. The most usual ones need not be in it (see min_password). Capitals and small letters are the same."`

	LenientBinding bool `toml:"lenient_binding" doc:"Lets clients sign in that try channel binding (RFC 5802) of a type that this server does not have, and then without any: slixmpp 1.8 and others can only do that. The price: an attacker between such a client and the server who holds a valid certificate for the host can hide from the server that channel binding was taken out of its offer."`

	TokenDays int `toml:"token_days" min:"0" max:"3650" doc:"How many days a client may sign in without the password after it has last done so: it asks for a token (XEP-0484), which is worth nothing once the password is changed or the account disabled, and is replaced before it expires. 0 gives out none."`

	ClientDays int `toml:"client_days" min:"0" max:"3650" doc:"How many days the list of a user's clients (XEP-0494) keeps one that has not signed in, with the name and the device that it gave. 0 keeps those only that are connected or hold a token."`

	CertificateCA   string `toml:"certificate_ca" policy:"file" doc:"A file of certificate authorities, in PEM, relative to data_dir. Clients are asked for a certificate in the TLS handshake then, and one that an authority of the file has signed lets in whose address it has (SASL EXTERNAL, XEP-0178), without the password. Empty: nobody is asked."`
	CertificateMail bool   `toml:"certificate_mail" doc:"Where the certificate of a client has no XMPP address (id-on-xmppAddr), its mail address counts."`

	UserCertificates bool `toml:"user_certificates" policy:"file" doc:"People may sign in by certificates that they have handed in with their client (XEP-0257), also for bots that shall not know the password; no authority needs to have signed them. Clients are asked for a certificate in the TLS handshake then."`

	AppPasswords int `toml:"app_passwords" min:"0" max:"64" doc:"Most app passwords of one account. A further one is refused until one is revoked; 0 allows none."`
	Certificates int `toml:"certificates" min:"1" max:"100" doc:"Most certificates that one account may hand in (see user_certificates). A further one is refused until one is taken away."`
	TokenClients int `toml:"token_clients" min:"1" max:"1000" doc:"Most clients of one account that are known with their names and hold tokens (XEP-0484, XEP-0494). A new one more takes the place of the one that was not seen for longest."`

	Anonymous bool `toml:"anonymous" policy:"file" doc:"Makes a host one for guests, for example [host.\"guests.example.com\".modules.accounts]: whoever connects gets an address there without saying who they are (SASL ANONYMOUS, XEP-0175), and nobody signs in otherwise. The account and everything in it is gone with the session. What guests may do says the section modules.guests."`
	MaxGuests int  `toml:"max_guests" min:"1" max:"100000" doc:"How many guests a host has at a time."`

	// blocked are those of BlockedPasswords, as they are compared.
	blocked map[string]struct{}
	// authorities are those of CertificateCA; nil where there are none.
	authorities *x509.CertPool

	// FailedLoginsPerMinute is how many attempts may fail from one address, and with one name, in a minute; 0 is no limit.
	// It counts over all hosts.
	FailedLoginsPerMinute int `toml:"-"`
	// PlaintextLoopback lets clients sign in without TLS, as if they had it, when their address is of this machine
	// and so is the one that they came in on: another may be a proxy's for the whole world.
	PlaintextLoopback bool `toml:"-"`
}

// DefaultConfig returns what is right for most.
func DefaultConfig() Config {
	return Config{Iterations: 10000, Plain: true, MinPassword: 8, LenientBinding: true, TokenDays: 21, ClientDays: 60, MaxGuests: 1000, FailedLoginsPerMinute: 20,
		AppPasswords: 16, Certificates: 16, TokenClients: 32}
}

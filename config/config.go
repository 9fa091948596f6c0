// Package config holds what an operator decides: one TOML file over complete defaults. It decodes strictly (an unknown
// key or a wrong value is an error with file, line and the nearest known key; all errors come at once), validates, and
// documents itself: the text that `myna config doc` prints is the doc tag beside each field, so it cannot differ from
// what is decoded.
//
// Modules are above this package: their sections are kept as they were read and decoded by Options, for each host, into
// the module's own struct. Fields of such a struct carry the same tags:
//
//	toml:"max_file"      the key
//	doc:"…"              what the operator reads; one or more sentences
//	oneof:"full|normal"  the words allowed
//	min:"1" max:"99"     the bounds of a number, or of the length of a list or string
//	example:"…"          a TOML value shown, commented out, where the default says nothing
//	restart:"yes"        a changed value is used at the next start, not at a reload
//	serverwide:"…"       why one host cannot have a value of its own
//	policy:"domain"      who administers a domain may decide it for the domain (Overlay), not only who administers the server;
//	policy:"file"        nobody may: it names a file, or says what the host is for
//
// Sizes are integers in bytes; durations are strings: "30s", "1h30m", "7d".
package config

import (
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Config is everything that can be set. Default returns it complete but for Hosts.
type Config struct {
	Hosts   []string `toml:"hosts" restart:"yes" example:"[\"example.com\"]" doc:"The mail domains that this server serves. The one option that has to be set."`
	DataDir string   `toml:"data_dir" restart:"yes" doc:"Where the database, the uploaded files and the keys are. A relative path starts at the folder of this file."`

	Listen   Listen   `toml:"listen" doc:"Addresses to listen on, as lists; [] switches a listener off."`
	HostMeta HostMeta `toml:"host_meta" doc:"How clients find all ways to this server by one question, for https://DOMAIN/.well-known/host-meta.json (XEP-0487): direct TLS, WebSocket and BOSH, with their addresses. Off as long as ips is empty. Clients that know it ask the DNS no more then, so SRV records do not count for them."`
	TLS      TLS      `toml:"tls" doc:"Certificates. Relative file names start at data_dir."`
	Storage  Storage  `toml:"storage" doc:"The database."`
	Archive  Archive  `toml:"archive" doc:"The message archive (XEP-0313)."`
	Log      Log      `toml:"log" doc:"What is written to standard error."`
	Limits   Limits   `toml:"limits" doc:"What one client or one address may use. 0 switches a limit off."`

	Modules map[string]Section    `toml:"modules"`
	Host    map[string]HostConfig `toml:"host" example:"example.com" doc:"Values of one host, where they differ from the others."`

	src      *source             // where the values were read; nil for a Config built in Go
	overlaid map[string][]string // host → keys that an Overlay says
}

// Section is the part of the file that belongs to a module, as it was read.
type Section map[string]any

// Listen lists the addresses of each kind of listener.
type Listen struct {
	C2S           []string `toml:"c2s" restart:"yes" doc:"Clients with STARTTLS."`
	C2STLS        []string `toml:"c2s_tls" restart:"yes" doc:"Clients with direct TLS (XEP-0368), ALPN xmpp-client."`
	S2S           []string `toml:"s2s" restart:"yes" doc:"Other servers with STARTTLS. This version does not listen here yet."`
	S2STLS        []string `toml:"s2s_tls" restart:"yes" doc:"Other servers with direct TLS, ALPN xmpp-server. This version does not listen here yet."`
	Component     []string `toml:"component" restart:"yes" example:"[\"127.0.0.1:5275\"]" doc:"External components (XEP-0114). Loopback addresses only: the protocol has no encryption. This version does not listen here yet."`
	HTTP          []string `toml:"http" restart:"yes" doc:"HTTP without TLS, for a reverse proxy that adds it (see proxies), or for the demo."`
	HTTPS         []string `toml:"https" restart:"yes" doc:"The chat panel, the admin page, the HTTP API, WebSocket, BOSH and uploads."`
	AdminSocket   string   `toml:"admin_socket" restart:"yes" doc:"The socket of the command line; \"\" switches it off. A relative path starts at data_dir."`
	PublicURL     string   `toml:"public_url" restart:"yes" example:"\"https://chat.example.com\"" doc:"How browsers and clients reach us over HTTP: addresses of files, and of the streams of web clients, begin with it. Without it they begin with https://UPLOAD:PORT, where UPLOAD is the name of the host's file upload (upload.example.com), which has to be in DNS and in the certificate, and PORT is that of https. Set it where a reverse proxy stands in front."`
	Origins       []string `toml:"origins" example:"[\"https://webmail.example.com\"]" doc:"Pages of other hosts that may use WebSocket and BOSH, such as a webmail with the chat in it; \"*\" allows all."`
	Proxies       []string `toml:"proxies" doc:"Networks of reverse proxies before http and https. What they say of the client is believed: its address (X-Forwarded-For), and whether the way to it is encrypted (X-Forwarded-Proto: https). Without that, a client over http may not sign in."`
	ProxyProtocol []string `toml:"proxy_protocol" example:"[\"10.0.0.1\"]" doc:"Addresses or networks of load balancers that pass on connections to c2s and c2s_tls and begin each with a header of the PROXY protocol, version 1 or 2: then the client has the address that it tells. A balancer that is listed has to send it; what others send is not looked at."`
}

// HostMeta says how clients reach the server from outside.
type HostMeta struct {
	IPs    []string      `toml:"ips" example:"[\"192.0.2.1\", \"2001:db8::1\"]" doc:"The public addresses of direct TLS (listen.c2s_tls)."`
	WebIPs []string      `toml:"web_ips" example:"[\"192.0.2.2\"]" doc:"The public addresses of what is reached over HTTP (listen.public_url or listen.https), where they are others, as those of a reverse proxy."`
	Port   int           `toml:"port" min:"0" max:"65535" doc:"The port of direct TLS as clients reach it, where it is not that of listen.c2s_tls: 443 is reached from nearly everywhere."`
	TTL    time.Duration `toml:"ttl" min:"60" max:"604800" doc:"For how long clients may use the answer."`
	Pins   []string      `toml:"pins" min:"0" max:"10" example:"[\"4/mggdlVx8A3pvHAWW5sD+qJyMtUHgiRuPjVC48N0XQ=\", \"k3XnEYQCK79AtL9GYnT/nyhsabas03V+bhRQYHQbpXU=\"]" doc:"Public keys that clients may trust: SHA-256 of the key (SubjectPublicKeyInfo), in base64. The key in use and a spare one at least: who has lost the only key locks clients out for ttl. A new key is listed for twice ttl before it is used. Leave it empty where in doubt."`

	TLSPriority       int `toml:"tls_priority" min:"0" max:"65535" doc:"Clients try ways with a lower number first, as with SRV records (RFC 2782): direct TLS."`
	TLSWeight         int `toml:"tls_weight" min:"0" max:"65535" doc:"Of ways with the same priority the one with the larger weight is tried more often."`
	WebSocketPriority int `toml:"websocket_priority" min:"0" max:"65535" doc:"The priority of WebSocket."`
	WebSocketWeight   int `toml:"websocket_weight" min:"0" max:"65535" doc:"The weight of WebSocket."`
	BOSHPriority      int `toml:"bosh_priority" min:"0" max:"65535" doc:"The priority of BOSH."`
	BOSHWeight        int `toml:"bosh_weight" min:"0" max:"65535" doc:"The weight of BOSH."`
}

// TLS says where the certificates are.
type TLS struct {
	Cert              string `toml:"cert" doc:"The certificate with its chain, PEM. It is read again at a reload."`
	Key               string `toml:"key" doc:"The certificate's private key, PEM."`
	CertDir           string `toml:"cert_dir" example:"\"certs\"" doc:"Instead of one file: a directory with a folder for each host that holds cert.pem and key.pem (or fullchain.pem and privkey.pem)."`
	PlaintextLoopback bool   `toml:"plaintext_loopback" restart:"yes" doc:"Lets clients of this machine sign in without TLS on loopback listeners, those of http too. For tests, measurements and demos only."`
}

// Storage chooses the database.
type Storage struct {
	Driver  string `toml:"driver" restart:"yes" doc:"sqlite is embedded and needs nothing. It is the only driver of this build."`
	DSNFile string `toml:"dsn_file" example:"\"/etc/myna/postgres.dsn\"" restart:"yes" doc:"For drivers that are not part of this build: a file with the connection string, readable by this server only; credential:NAME takes it from systemd."`
}

// Archive says whether and how messages are kept.
type Archive struct {
	Enabled       bool   `toml:"enabled" restart:"yes" serverwide:"services and accounts announce it alike" doc:"false: nothing is archived; messages for people who are offline are still kept until they are delivered."`
	Sync          string `toml:"sync" oneof:"full|normal" restart:"yes" serverwide:"there is one database" doc:"full: an acknowledged message survives a power failure; normal: it survives a crash of the process, and writing is faster."`
	RetentionDays int    `toml:"retention_days" min:"0" policy:"domain" doc:"Messages older than this are removed; 0 keeps them. There is no limit in bytes, as that would lose messages: how fast archives grow is bounded by limits.bytes_per_second of each sender."`
}

// Log says what is written.
type Log struct {
	Level  string `toml:"level" oneof:"debug|info|warn|error" doc:"The least important kind of line that is written."`
	Format string `toml:"format" oneof:"text|json" restart:"yes" doc:"text for people, json for log collectors."`
}

// Limits bounds what one client or address may use.
type Limits struct {
	StanzaBytes           int           `toml:"stanza_bytes" min:"0" doc:"The largest stanza of a client or server, in bytes (RFC 6120 asks for at least 10000)."`
	BytesPerSecond        int           `toml:"bytes_per_second" min:"0" doc:"How fast the clients of an account may send together for long; who is faster is read more slowly, nothing is lost. What others get from it counts too, with a small part for each copy: presence that goes to many contacts, and messages into large rooms."`
	BurstBytes            int           `toml:"burst_bytes" min:"0" doc:"How much the clients of an account may send at once before bytes_per_second counts."`
	ConnectionsPerIP      int           `toml:"connections_per_ip" min:"0" doc:"Connections from one address. Raise it where many people share one: an office behind NAT, a reverse proxy."`
	SessionsPerAccount    int           `toml:"sessions_per_account" min:"0" doc:"How many clients of one account may be signed in at a time. A client that takes the place of its own old session is never one too many."`
	FailedLoginsPerMinute int           `toml:"failed_logins_per_minute" min:"0" doc:"Wrong passwords from one address, and separately for one account, before further attempts are refused for a minute."`
	LoginTimeout          time.Duration `toml:"login_timeout" min:"0" doc:"How long a connection may take to sign in."`
}

// HostConfig is what differs for one host.
type HostConfig struct {
	Groups  string             `toml:"groups" restart:"yes" example:"\"conference.example.com\"" doc:"The name of the host's rooms, where it is not groups.HOST."`
	Upload  string             `toml:"upload" restart:"yes" example:"\"files.example.com\"" doc:"The name of the host's file upload, where it is not upload.HOST."`
	PubSub  string             `toml:"pubsub" restart:"yes" example:"\"news.example.com\"" doc:"The name of the host's publish-subscribe service, where it is not pubsub.HOST."`
	Archive Section            `toml:"archive" doc:"The host's own values of [archive], see HostArchive."`
	Modules map[string]Section `toml:"modules"`
}

// Default is a complete configuration but for Hosts.
func Default() *Config {
	return &Config{
		DataDir: "/var/lib/myna",
		Listen: Listen{
			C2S:           []string{"[::]:5222"},
			C2STLS:        []string{"[::]:5223"},
			S2S:           []string{"[::]:5269"},
			S2STLS:        []string{"[::]:5270"},
			Component:     []string{},
			HTTP:          []string{"127.0.0.1:5280"},
			HTTPS:         []string{"[::]:5443"},
			AdminSocket:   "run/myna.sock",
			Origins:       []string{},
			Proxies:       []string{"127.0.0.0/8", "::1/128"},
			ProxyProtocol: []string{},
		},
		TLS:     TLS{Cert: "cert.pem", Key: "key.pem"},
		Storage: Storage{Driver: "sqlite"},
		Archive: Archive{Enabled: true, Sync: "full"},
		Log:     Log{Level: "info", Format: "text"},
		HostMeta: HostMeta{
			IPs: []string{}, WebIPs: []string{}, TTL: time.Hour, Pins: []string{},
			TLSPriority: 10, TLSWeight: 50, WebSocketPriority: 20, WebSocketWeight: 50, BOSHPriority: 30, BOSHWeight: 50,
		},
		Limits: Limits{
			StanzaBytes:           262144,
			BytesPerSecond:        65536,
			BurstBytes:            1048576,
			ConnectionsPerIP:      256,
			SessionsPerAccount:    64,
			FailedLoginsPerMinute: 20,
			LoginTimeout:          60 * time.Second,
		},
	}
}

// File is the name of the file that was loaded, "" for a Config built in Go.
func (c *Config) File() string {
	if c.src == nil {
		return ""
	}
	return c.src.file
}

// Sets tells whether the file that was loaded sets a key, such as "listen", "s2s".
func (c *Config) Sets(path ...string) bool { return c.src != nil && c.src.lines[keyPath(path)] > 0 }

// Problem is what is wrong with the value of a key, for who can tell only later than Load.
func (c *Config) Problem(err error, path ...string) error {
	return c.src.errorAt(path, "%s: %v", keyPath(path), err)
}

// Path makes a file name of the configuration absolute: relative ones start at data_dir. "" stays "".
func (c *Config) Path(name string) string {
	if name == "" || filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.DataDir, name)
}

// SecretFile is the path of a file that holds a secret: like Path, and credential:NAME is a systemd credential.
func (c *Config) SecretFile(name string) string {
	const scheme = "credential:"
	if len(name) > len(scheme) && name[:len(scheme)] == scheme {
		return filepath.Join(os.Getenv("CREDENTIALS_DIRECTORY"), filepath.Base(name[len(scheme):]))
	}
	return c.Path(name)
}

// GroupsHost is the address of a host's rooms.
func (c *Config) GroupsHost(host string) string { return or(c.Host[host].Groups, "groups."+host) }

// UploadHost is the address of a host's upload service.
func (c *Config) UploadHost(host string) string { return or(c.Host[host].Upload, "upload."+host) }

// PubSubHost is the address of a host's publish-subscribe service.
func (c *Config) PubSubHost(host string) string { return or(c.Host[host].PubSub, "pubsub."+host) }

// Serves tells whether a mail domain is one of the hosts.
func (c *Config) Serves(host string) bool { return slices.Contains(c.Hosts, host) }

func or(value, otherwise string) string {
	if value != "" {
		return value
	}
	return otherwise
}

-- +goose Up

-- Bare addresses as small numbers. A number is never given to another address, and rows are never removed: the
-- archives of others still name it.
CREATE TABLE owner (
	id     INTEGER PRIMARY KEY,
	domain TEXT NOT NULL,
	local  TEXT NOT NULL,
	UNIQUE (domain, local)
) STRICT;

-- Numbers that must not go back: "archive" is the greatest id that was ever given to an archived stanza.
CREATE TABLE counter (
	name  TEXT PRIMARY KEY,
	value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
	owner       INTEGER PRIMARY KEY REFERENCES owner (id),
	name        TEXT NOT NULL,
	department  TEXT NOT NULL,
	lang        TEXT NOT NULL,
	role        TEXT NOT NULL,
	disabled    INTEGER NOT NULL,
	chat_off    INTEGER NOT NULL,
	created     INTEGER NOT NULL,
	seen        INTEGER NOT NULL DEFAULT 0,
	seen_status TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE credential (
	owner      INTEGER NOT NULL REFERENCES account (owner) ON DELETE CASCADE,
	mech       TEXT NOT NULL,
	salt       BLOB NOT NULL,
	iter       INTEGER NOT NULL,
	stored_key BLOB NOT NULL,
	server_key BLOB NOT NULL,
	PRIMARY KEY (owner, mech)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
	at     INTEGER PRIMARY KEY,
	domain TEXT NOT NULL,
	actor  TEXT NOT NULL,
	door   TEXT NOT NULL,
	action TEXT NOT NULL,
	object TEXT NOT NULL,
	change TEXT NOT NULL
) STRICT;
CREATE INDEX audit_domain ON audit (domain, at);

-- Rows with removed = 1 remember that a contact was taken out, for roster versions.
CREATE TABLE roster (
	owner    INTEGER NOT NULL REFERENCES owner (id),
	contact  TEXT NOT NULL,
	version  INTEGER NOT NULL,
	removed  INTEGER NOT NULL,
	name     TEXT NOT NULL,
	groups   TEXT NOT NULL,
	state    INTEGER NOT NULL,
	pending  BLOB,
	PRIMARY KEY (owner, contact)
) STRICT, WITHOUT ROWID;

-- Changes after a version can be told from "oldest" on.
CREATE TABLE roster_version (
	owner   INTEGER PRIMARY KEY REFERENCES owner (id),
	version INTEGER NOT NULL,
	oldest  INTEGER NOT NULL
) STRICT;

CREATE TABLE doc (
	owner INTEGER NOT NULL REFERENCES owner (id),
	space TEXT NOT NULL,
	key   TEXT NOT NULL,
	data  BLOB NOT NULL,
	UNIQUE (owner, space, key)
) STRICT;

-- Rows are appended in the order of their ids, whoever owns them, so that a commit writes few pages.
CREATE TABLE archive (
	id       INTEGER PRIMARY KEY,
	owner    INTEGER NOT NULL,
	peer     INTEGER NOT NULL,
	resource TEXT NOT NULL,
	kind     TEXT NOT NULL,
	flags    INTEGER NOT NULL,
	origin   TEXT NOT NULL,
	stanza   BLOB NOT NULL
) STRICT;

-- What finds an owner's rows. It holds what filters need, so that only rows of the result are fetched. It is written
-- later, many rows together: up to the counter "archive_indexed" it is whole.
CREATE TABLE archive_index (
	owner INTEGER NOT NULL,
	id    INTEGER NOT NULL,
	peer  INTEGER NOT NULL,
	flags INTEGER NOT NULL,
	PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX archive_hidden ON archive_index (owner, id) WHERE flags & 4 <> 0;

CREATE TABLE confirmed (
	owner INTEGER PRIMARY KEY REFERENCES owner (id),
	id    INTEGER NOT NULL
) STRICT;

CREATE TABLE archive_pref (
	owner  INTEGER PRIMARY KEY REFERENCES owner (id),
	preset TEXT NOT NULL,
	always TEXT NOT NULL,
	never  TEXT NOT NULL
) STRICT;

CREATE TABLE ps_node (
	id      INTEGER PRIMARY KEY,
	owner   INTEGER NOT NULL REFERENCES owner (id),
	name    TEXT NOT NULL,
	config  TEXT NOT NULL,
	created INTEGER NOT NULL,
	seq     INTEGER NOT NULL DEFAULT 0,
	UNIQUE (owner, name)
) STRICT;

CREATE TABLE ps_item (
	node      INTEGER NOT NULL REFERENCES ps_node (id) ON DELETE CASCADE,
	id        TEXT NOT NULL,
	seq       INTEGER NOT NULL,
	publisher TEXT NOT NULL,
	payload   BLOB,
	at        INTEGER NOT NULL,
	UNIQUE (node, id),
	UNIQUE (node, seq)
) STRICT;

CREATE TABLE ps_affiliation (
	node  INTEGER NOT NULL REFERENCES ps_node (id) ON DELETE CASCADE,
	jid   TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (node, jid)
) STRICT, WITHOUT ROWID;
CREATE INDEX ps_affiliation_jid ON ps_affiliation (jid);

CREATE TABLE ps_subscription (
	node  INTEGER NOT NULL REFERENCES ps_node (id) ON DELETE CASCADE,
	jid   TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (node, jid)
) STRICT, WITHOUT ROWID;
CREATE INDEX ps_subscription_jid ON ps_subscription (jid);

CREATE TABLE room (
	owner      INTEGER PRIMARY KEY REFERENCES owner (id),
	config     TEXT NOT NULL,
	subject    BLOB,
	group_jid  TEXT NOT NULL,
	created    INTEGER NOT NULL
) STRICT;

CREATE TABLE room_affiliation (
	room        INTEGER NOT NULL REFERENCES room (owner) ON DELETE CASCADE,
	jid         TEXT NOT NULL,
	affiliation TEXT NOT NULL,
	nick        TEXT NOT NULL,
	reason      TEXT NOT NULL,
	managed     INTEGER NOT NULL,
	PRIMARY KEY (room, jid)
) STRICT, WITHOUT ROWID;
CREATE INDEX room_affiliation_jid ON room_affiliation (jid);

CREATE TABLE alias (
	owner   INTEGER PRIMARY KEY REFERENCES owner (id),
	data    TEXT NOT NULL,
	created INTEGER NOT NULL,
	deleted INTEGER NOT NULL
) STRICT;

-- The outbox of the reconciler.
CREATE TABLE dirty (
	pos INTEGER PRIMARY KEY AUTOINCREMENT,
	jid TEXT NOT NULL
) STRICT;
CREATE INDEX dirty_jid ON dirty (jid, pos);

CREATE TABLE upload (
	id      TEXT PRIMARY KEY,
	owner   INTEGER NOT NULL REFERENCES owner (id),
	name    TEXT NOT NULL,
	type    TEXT NOT NULL,
	size    INTEGER NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	stored  INTEGER NOT NULL
) STRICT;
CREATE INDEX upload_owner ON upload (owner, created);
CREATE INDEX upload_created ON upload (created);
CREATE INDEX upload_expires ON upload (expires) WHERE expires <> 0;
CREATE INDEX upload_unstored ON upload (created) WHERE stored = 0;

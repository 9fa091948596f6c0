-- +goose Up

-- Programs of an account on their devices that hold a token to sign in with (XEP-0484).
CREATE TABLE client (
	owner    INTEGER NOT NULL REFERENCES account (owner) ON DELETE CASCADE,
	id       TEXT NOT NULL,
	software TEXT NOT NULL,
	device   TEXT NOT NULL,
	first    INTEGER NOT NULL,
	seen     INTEGER NOT NULL,
	PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;

-- At most two of each client: one that was given out and not used yet is fresh.
CREATE TABLE client_token (
	owner   INTEGER NOT NULL,
	client  TEXT NOT NULL,
	fresh   INTEGER NOT NULL,
	mech    TEXT NOT NULL,
	seed    BLOB NOT NULL,
	expires INTEGER NOT NULL,
	count   INTEGER NOT NULL,
	PRIMARY KEY (owner, client, fresh),
	FOREIGN KEY (owner, client) REFERENCES client (owner, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

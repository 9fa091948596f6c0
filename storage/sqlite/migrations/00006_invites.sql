-- +goose Up

-- Invitations. local is '' where the person chooses a name; groups is a JSON list of aliases.
CREATE TABLE invite (
	id      TEXT PRIMARY KEY,
	hash    BLOB NOT NULL,
	domain  TEXT NOT NULL,
	local   TEXT NOT NULL,
	inviter TEXT NOT NULL,
	contact INTEGER NOT NULL,
	groups  TEXT NOT NULL,
	note    TEXT NOT NULL,
	made_by TEXT NOT NULL,
	created INTEGER NOT NULL,
	expires INTEGER NOT NULL,
	most    INTEGER NOT NULL,
	uses    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX invite_domain ON invite (domain, local);
CREATE INDEX invite_inviter ON invite (inviter);

-- What accounts that were made by an invitation are still to get.
CREATE TABLE invited (
	owner   INTEGER PRIMARY KEY REFERENCES account (owner) ON DELETE CASCADE,
	invite  TEXT NOT NULL,
	inviter TEXT NOT NULL,
	groups  TEXT NOT NULL
) STRICT;

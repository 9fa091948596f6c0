-- +goose Up

-- Accounts that have exchanged messages, each pair twice: both halves are written and removed together.
CREATE TABLE recent (
	owner INTEGER NOT NULL REFERENCES owner (id),
	peer  INTEGER NOT NULL REFERENCES owner (id),
	at    INTEGER NOT NULL,
	PRIMARY KEY (owner, peer)
) STRICT, WITHOUT ROWID;
CREATE INDEX recent_at ON recent (at);
CREATE INDEX recent_peer ON recent (peer);

-- Who has an address in the list, for when its account is deleted.
CREATE INDEX roster_contact ON roster (contact) WHERE removed = 0;

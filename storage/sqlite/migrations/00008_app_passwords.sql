-- +goose Up

-- Passwords that were made for one program or device of an account; used is 0 for one that nobody has signed in with.
CREATE TABLE app_password (
	owner   INTEGER NOT NULL REFERENCES account (owner) ON DELETE CASCADE,
	id      TEXT NOT NULL,
	label   TEXT NOT NULL,
	created INTEGER NOT NULL,
	used    INTEGER NOT NULL,
	PRIMARY KEY (owner, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE app_password_key (
	owner      INTEGER NOT NULL,
	app        TEXT NOT NULL,
	mech       TEXT NOT NULL,
	salt       BLOB NOT NULL,
	iter       INTEGER NOT NULL,
	stored_key BLOB NOT NULL,
	server_key BLOB NOT NULL,
	PRIMARY KEY (owner, app, mech),
	FOREIGN KEY (owner, app) REFERENCES app_password (owner, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The app password that a client has signed in with; '' for the password of the account.
ALTER TABLE client ADD COLUMN app TEXT NOT NULL DEFAULT '';

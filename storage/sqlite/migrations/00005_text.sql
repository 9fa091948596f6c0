-- +goose Up

-- The words of archived stanzas, under the ids of archive. Each begins with the number of its owner, so that a search meets
-- nothing of others. They are written when an owner searches: archive_text_head says up to which id they are there.
CREATE VIRTUAL TABLE archive_text USING fts5 (words, content = '', contentless_delete = 1, tokenize = 'ascii');

CREATE TABLE archive_text_head (
	owner INTEGER PRIMARY KEY,
	id    INTEGER NOT NULL
) STRICT;

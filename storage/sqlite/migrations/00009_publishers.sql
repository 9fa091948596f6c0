-- +goose Up

-- What an account has published: it is taken away when the account goes offline, where nodes are for that, and has no author any
-- more when the account is deleted.
CREATE INDEX ps_item_publisher ON ps_item (publisher);

-- Services are found without looking at all accounts: their nodes note who has created them.
CREATE INDEX owner_service ON owner (domain) WHERE local = '';

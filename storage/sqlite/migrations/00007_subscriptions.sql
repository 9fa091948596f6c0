-- +goose Up

-- Several subscriptions of one address to a node, each with options and perhaps an end, in microseconds; 0: none
-- (XEP-0060 § 6.1.6, § 6.3).
CREATE TABLE ps_subscription_new (
	node    INTEGER NOT NULL REFERENCES ps_node (id) ON DELETE CASCADE,
	jid     TEXT NOT NULL,
	subid   TEXT NOT NULL,
	value   TEXT NOT NULL,
	options TEXT NOT NULL,
	expires INTEGER NOT NULL,
	PRIMARY KEY (node, jid, subid)
) STRICT, WITHOUT ROWID;
INSERT INTO ps_subscription_new (node, jid, subid, value, options, expires)
	SELECT node, jid, lower(hex(randomblob(8))), value, '{}', 0 FROM ps_subscription;
DROP TABLE ps_subscription;
ALTER TABLE ps_subscription_new RENAME TO ps_subscription;
CREATE INDEX ps_subscription_jid ON ps_subscription (jid);
CREATE INDEX ps_subscription_expires ON ps_subscription (expires) WHERE expires > 0;

-- The place that an item had when its id was published first (XEP-0413).
ALTER TABLE ps_item ADD COLUMN born INTEGER NOT NULL DEFAULT 0;
UPDATE ps_item SET born = seq;

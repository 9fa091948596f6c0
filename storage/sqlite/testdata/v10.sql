-- What a program with schema 10 has written: as with schema 9, and an item that was repeated of a node elsewhere.
INSERT INTO owner (id, domain, local) VALUES (1, 'example.com', 'lan'), (2, 'example.org', 'bo'),
	(3, 'groups.example.com', 'sales'), (4, 'example.com', 'sales');
INSERT INTO account (owner, name, department, lang, role, disabled, chat_off, created, seen, seen_status)
	VALUES (1, 'Lan', 'Sales', 'vi', 'domain', 0, 0, 1700000000000000, 0, '');
INSERT INTO credential (owner, mech, salt, iter, stored_key, server_key) VALUES (1, 'SCRAM-SHA-256', x'01', 4096, x'02', x'03');
INSERT INTO roster (owner, contact, version, removed, name, groups, state, pending)
	VALUES (1, 'bo@example.org', 7, 0, 'Bo', '["friends"]', 3, NULL);
INSERT INTO roster_version (owner, version, oldest) VALUES (1, 7, 7);
INSERT INTO doc (owner, space, key, data) VALUES (1, 'vcard', '', x'2a');
INSERT INTO room (owner, config, subject, group_jid, created)
	VALUES (3, '{"membersonly":"1"}', NULL, 'sales@example.com', 1700000000000000);
INSERT INTO room_affiliation (room, jid, affiliation, nick, reason, managed, since) VALUES (3, 'lan@example.com', 'member', 'Lan', '', 1, 0);
INSERT INTO alias (owner, data, created, deleted)
	VALUES (4, '{"name":"Sales","targets":["lan@example.com"],"group_chat":true,"room":"sales@groups.example.com"}', 1700000000000000, 0);
INSERT INTO archive (id, owner, peer, resource, kind, flags, origin, stanza) VALUES
	(1700000000000001, 1, 2, 'phone', 'chat', 2, 'o1', x'3c6d2f3e'),
	(1700000000000002, 3, 3, 'Lan', 'groupchat', 0, 'o2', x'3c6d2f3e'),
	(1700000000000003, 1, 2, '', 'chat', 6, '', x'3c6d2f3e');
INSERT INTO confirmed (owner, id) VALUES (1, 1700000000000001);
INSERT INTO owner (id, domain, local) VALUES (5, 'example.com', 'an');
INSERT INTO account (owner, name, department, lang, role, disabled, chat_off, created, seen, seen_status)
	VALUES (5, 'An', '', '', '', 0, 0, 1700000000000000, 0, '');
INSERT INTO recent (owner, peer, at) VALUES (1, 5, 1700000000000001), (5, 1, 1700000000000001);
INSERT INTO invite (id, hash, domain, local, inviter, contact, groups, note, made_by, created, expires, most, uses)
	VALUES ('k7x2abcdmn', x'2a', 'example.com', 'minh', 'lan@example.com', 0, '["sales@example.com"]', 'Minh', 'cli', 1700000000000000, 1700600000000000, 1, 0);
INSERT INTO app_password (owner, id, label, created, used) VALUES (5, 'a1', 'Phone', 1700000000000000, 0);
INSERT INTO app_password_key (owner, app, mech, salt, iter, stored_key, server_key) VALUES (5, 'a1', 'SCRAM-SHA-256', x'01', 4096, x'02', x'03');
INSERT INTO client (owner, id, software, device, first, seen, app) VALUES (5, 'c1', 'Chat', 'Phone', 1700000000000000, 1700000000000000, 'a1');
INSERT INTO ps_node (id, owner, name, config, created, seq) VALUES (1, 1, 'n', '{}', 1700000000000000, 1);
INSERT INTO ps_item (node, id, seq, publisher, payload, at, born, origin)
	VALUES (1, 'i', 1, 'lan@example.com', x'2a', 1700000000000000, 1, 'pubsub.example.org news');

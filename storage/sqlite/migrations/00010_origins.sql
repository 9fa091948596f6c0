-- +goose Up

-- Of which node of which service an item was repeated (XEP-0253); '' for one that was published here.
ALTER TABLE ps_item ADD COLUMN origin TEXT NOT NULL DEFAULT '';

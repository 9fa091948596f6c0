-- +goose Up

-- Since when somebody has been a member, in microseconds; 0: from before that was noted.
ALTER TABLE room_affiliation ADD COLUMN since INTEGER NOT NULL DEFAULT 0;

-- One spelling for SQLite and PostgreSQL: times are BIGINT milliseconds, keys
-- are made in Go, nothing but BIGINT, TEXT and BYTEA.

-- +goose Up
CREATE TABLE settings (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE updates (
    id      BIGINT NOT NULL PRIMARY KEY,
    seen_at BIGINT NOT NULL             -- rounded down to the minute
);
CREATE INDEX updates_seen ON updates (seen_at);

CREATE TABLE sessions (
    chat       TEXT   NOT NULL PRIMARY KEY, -- HMAC of the chat id
    rev        BIGINT NOT NULL DEFAULT 0,
    body       BYTEA,                       -- sealed with a day key; NULL before the first turn
    touched_at BIGINT NOT NULL,             -- rounded down to the minute
    gone       BIGINT NOT NULL DEFAULT 0    -- 1: the chat is closed to us
);
CREATE INDEX sessions_touched ON sessions (touched_at);

CREATE TABLE outbox (
    lane          TEXT   NOT NULL,           -- HMAC of the destination
    seq           BIGINT NOT NULL,
    class         BIGINT NOT NULL,           -- lowest leaves first
    kind          TEXT   NOT NULL,           -- names the carrier
    grp           BIGINT NOT NULL DEFAULT 0, -- 1: a group, which has a slower pace
    slot          TEXT,                      -- the latest item of a slot wins
    body          BYTEA  NOT NULL,           -- sealed with a day key
    due_at        BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL DEFAULT 0, -- 0: does not
    claimed_until BIGINT NOT NULL DEFAULT 0,
    claimed_by    TEXT   NOT NULL DEFAULT '',
    attempts      BIGINT NOT NULL DEFAULT 0,
    unsure        BIGINT NOT NULL DEFAULT 0, -- how often the answer to a delivery was lost
    again         BIGINT NOT NULL DEFAULT 0, -- 1: leave once more after what is under way, 2: wait for that
    PRIMARY KEY (lane, seq)
);
CREATE UNIQUE INDEX outbox_slot ON outbox (lane, slot);
CREATE INDEX outbox_head ON outbox (lane, class, seq);
CREATE INDEX outbox_claimed ON outbox (lane) WHERE claimed_until > 0;
CREATE INDEX outbox_expires ON outbox (expires_at) WHERE expires_at > 0;

CREATE TABLE dead_letters (
    id    TEXT   NOT NULL PRIMARY KEY,
    lane  TEXT   NOT NULL,
    class BIGINT NOT NULL,
    kind  TEXT   NOT NULL,
    code  BIGINT NOT NULL,
    body  BYTEA  NOT NULL,              -- still sealed
    at    BIGINT NOT NULL               -- rounded down to the minute
);
CREATE INDEX dead_letters_at ON dead_letters (at);
CREATE INDEX dead_letters_lane ON dead_letters (lane);

CREATE TABLE leases (
    name       TEXT   NOT NULL PRIMARY KEY,
    holder     TEXT   NOT NULL,
    expires_at BIGINT NOT NULL
);

-- +goose Down
DROP TABLE leases;
DROP TABLE dead_letters;
DROP TABLE outbox;
DROP TABLE sessions;
DROP TABLE updates;
DROP TABLE settings;

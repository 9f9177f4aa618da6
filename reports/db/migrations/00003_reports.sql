-- +goose Up
-- Members of the hotlines that hold keys with this installation. An invited one
-- has no key yet, only the hash of a link that works once.
CREATE TABLE members (
    id        TEXT   NOT NULL PRIMARY KEY,
    hotline   TEXT   NOT NULL,
    state     TEXT   NOT NULL,            -- invited, active, revoked
    reader    TEXT   NOT NULL DEFAULT '', -- what cases are sealed to
    signer    TEXT   NOT NULL DEFAULT '', -- what a sign-in is sealed to
    invite    TEXT   NOT NULL DEFAULT '', -- hash of the link
    invite_at BIGINT NOT NULL DEFAULT 0,  -- when the link ends
    wrapped   BYTEA                       -- the identity under the member's passphrase, when kept here
);
CREATE INDEX members_hotline ON members (hotline, state);

-- In clear stands what the desk sorts by, and nothing a reporter wrote. taps are
-- blanked when the talk ends.
CREATE TABLE cases (
    code        TEXT   NOT NULL PRIMARY KEY,
    rev         BIGINT NOT NULL,
    kind        TEXT   NOT NULL,            -- compound, loss, tip
    schema      BIGINT NOT NULL,
    rules       BIGINT NOT NULL,            -- version of the priority rules
    priority    BIGINT NOT NULL,
    hotline     TEXT   NOT NULL,            -- the recipient
    country     TEXT   NOT NULL,            -- of the place
    lang        TEXT   NOT NULL,
    state       TEXT   NOT NULL,
    lease_until BIGINT NOT NULL DEFAULT 0,
    lease_by    TEXT   NOT NULL DEFAULT '',
    opened_at   BIGINT NOT NULL,            -- rounded down to the hour, as the next
    touched_at  BIGINT NOT NULL,
    second      BIGINT NOT NULL DEFAULT 0,  -- 1: needs a second person
    hold        BIGINT NOT NULL DEFAULT 0,  -- 1: a legal hold, its reason is a sealed part
    taps        TEXT   NOT NULL DEFAULT '', -- what routing and priority read, until the talk ends
    public      TEXT   NOT NULL,            -- the public half of the case's key
    reporter    TEXT   NOT NULL DEFAULT ''  -- loss and tip: HMAC whose key lives 31 days
);
CREATE INDEX cases_queue ON cases (hotline, state, priority, opened_at);
CREATE INDEX cases_touched ON cases (kind, touched_at);

CREATE TABLE wraps (
    code   TEXT  NOT NULL REFERENCES cases (code) ON DELETE CASCADE,
    member TEXT  NOT NULL,
    body   BYTEA NOT NULL,
    PRIMARY KEY (code, member)
);
CREATE INDEX wraps_member ON wraps (member);

CREATE TABLE parts (
    code TEXT   NOT NULL REFERENCES cases (code) ON DELETE CASCADE,
    n    BIGINT NOT NULL,
    size BIGINT NOT NULL,          -- size class of the body; what it is stands inside
    body BYTEA  NOT NULL,
    PRIMARY KEY (code, n)
);

-- The bytes of a file, in pieces of their own, so that none is ever whole in memory.
CREATE TABLE chunks (
    code TEXT   NOT NULL REFERENCES cases (code) ON DELETE CASCADE,
    file TEXT   NOT NULL,
    n    BIGINT NOT NULL,
    body BYTEA  NOT NULL,
    PRIMARY KEY (code, file, n)
);

CREATE TABLE tokens (
    token   BYTEA NOT NULL,
    hotline TEXT  NOT NULL,
    code    TEXT  NOT NULL REFERENCES cases (code) ON DELETE CASCADE,
    PRIMARY KEY (token, hotline, code)
);
CREATE INDEX tokens_case ON tokens (code);

CREATE TABLE mailboxes (
    id      TEXT   NOT NULL PRIMARY KEY, -- derived from the way back; says nothing of it
    code    TEXT   NOT NULL REFERENCES cases (code) ON DELETE CASCADE,
    public  TEXT   NOT NULL,
    body    BYTEA  NOT NULL              -- sealed to it: whether it is the one that means "I am being watched"
);
CREATE INDEX mailboxes_case ON mailboxes (code);

CREATE TABLE letters (
    id      TEXT   NOT NULL PRIMARY KEY,
    mailbox TEXT   NOT NULL REFERENCES mailboxes (id) ON DELETE CASCADE,
    n       BIGINT NOT NULL,
    at      BIGINT NOT NULL,             -- rounded down to the hour
    body    BYTEA  NOT NULL
);
CREATE INDEX letters_mailbox ON letters (mailbox, n);

CREATE TABLE tries (
    who TEXT   NOT NULL,                 -- HMAC of an account and what was tried
    day BIGINT NOT NULL,
    n   BIGINT NOT NULL,
    PRIMARY KEY (who, day)
);

CREATE TABLE tombstones (
    id      TEXT NOT NULL PRIMARY KEY,   -- hash of the case code
    kind    TEXT NOT NULL,
    month   TEXT NOT NULL,
    outcome TEXT NOT NULL
);

-- Messages to be taken away, and what must happen at a time. Whom they belong to
-- stands only in the sealed body.
CREATE TABLE tidy (
    id     TEXT   NOT NULL PRIMARY KEY,
    lane   TEXT   NOT NULL,              -- HMAC of the chat
    due_at BIGINT NOT NULL,              -- rounded down to the minute, as the next
    until  BIGINT NOT NULL,
    tries  BIGINT NOT NULL DEFAULT 0,
    left_behind BIGINT NOT NULL DEFAULT 0, -- 1: the messenger will not take it away
    body   BYTEA  NOT NULL
);
CREATE INDEX tidy_due ON tidy (left_behind, due_at);
CREATE INDEX tidy_lane ON tidy (lane);

CREATE TABLE timers (
    name   TEXT   NOT NULL,
    lane   TEXT   NOT NULL,
    due_at BIGINT NOT NULL,
    body   BYTEA  NOT NULL,
    PRIMARY KEY (name, lane)
);
CREATE INDEX timers_due ON timers (due_at);

-- +goose Down
DROP TABLE timers;
DROP TABLE tidy;
DROP TABLE tombstones;
DROP TABLE tries;
DROP TABLE letters;
DROP TABLE mailboxes;
DROP TABLE tokens;
DROP TABLE chunks;
DROP TABLE parts;
DROP TABLE wraps;
DROP TABLE cases;
DROP TABLE members;

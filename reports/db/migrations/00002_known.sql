-- +goose Up
-- Confirmed scam texts, as fingerprints: no word of a text can be read from one.
CREATE TABLE known_texts (
    print  TEXT   NOT NULL,             -- 16 hex digits
    kind   TEXT   NOT NULL,
    source TEXT   NOT NULL,             -- who was sent it: a keyed hash, or the batch when nobody is named
    batch  TEXT   NOT NULL,             -- what it came with
    script TEXT   NOT NULL,
    day    BIGINT NOT NULL,             -- days since 1970
    PRIMARY KEY (print, kind, source, batch)
);
CREATE INDEX known_texts_batch ON known_texts (batch);
CREATE INDEX known_texts_source ON known_texts (source);

-- Counts changes, so that a running bot sees cheaply whether there was one.
CREATE TABLE known_changes (
    id BIGINT NOT NULL PRIMARY KEY,     -- always 1
    n  BIGINT NOT NULL
);

-- +goose Down
DROP TABLE known_changes;
DROP TABLE known_texts;

-- +goose Up
-- When domains that were asked about came to be, so that none is asked about twice.
CREATE TABLE domains (
    token TEXT   NOT NULL PRIMARY KEY,  -- keyed hash of the domain
    born  BIGINT NOT NULL,              -- day it was registered, since 1970; -1: nobody says
    day   BIGINT NOT NULL               -- day it was asked about, since 1970
);
CREATE INDEX domains_day ON domains (day);

-- +goose Down
DROP TABLE domains;

CREATE TABLE runs (
    id VARCHAR NOT NULL PRIMARY KEY,
    client VARCHAR NOT NULL,
    "trigger" VARCHAR NOT NULL,
    owner VARCHAR,
    opened_at VARCHAR NOT NULL,
    beat_at VARCHAR NOT NULL,
    closed_at VARCHAR,
    outcome VARCHAR,
    message VARCHAR DEFAULT '' NOT NULL,
    "plan" TEXT
);
CREATE INDEX ix_runs_client ON runs (client);
CREATE UNIQUE INDEX one_open_run ON runs (client) WHERE closed_at IS NULL;
CREATE TABLE journal (
    run VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    change VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    at VARCHAR NOT NULL,
    answer TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (run, seq)
);
CREATE TABLE links (
    client VARCHAR NOT NULL,
    guid VARCHAR NOT NULL,
    contact_id INTEGER NOT NULL,
    account VARCHAR DEFAULT '' NOT NULL,
    name VARCHAR DEFAULT '' NOT NULL,
    absent_reads INTEGER DEFAULT '0' NOT NULL,
    seen_at VARCHAR NOT NULL,
    PRIMARY KEY (client, guid),
    CONSTRAINT one_account_per_contact UNIQUE (client, contact_id)
);
CREATE TABLE line_writes (
    client VARCHAR NOT NULL,
    addition_id INTEGER NOT NULL,
    quantity VARCHAR NOT NULL,
    at VARCHAR NOT NULL,
    sent VARCHAR,
    PRIMARY KEY (client, addition_id)
);
INSERT INTO runs (id, client, "trigger", owner, opened_at, beat_at, closed_at, outcome, message)
VALUES ('0123456789ab', 'harbor', 'manual', NULL, '2026-05-09T08:00:00.000000+00:00',
        '2026-05-09T08:00:01.000000+00:00', '2026-05-09T08:00:02.000000+00:00', 'failed', 'no answer');
INSERT INTO journal (run, seq, change, kind, state, at, answer)
VALUES ('0123456789ab', 0, 'c0ffee', 'contact.create', 'doubt', '2026-05-09T08:00:01.000000+00:00', '');
INSERT INTO links (client, guid, contact_id, account, name, absent_reads, seen_at)
VALUES ('harbor', 'g-1', 101, 'żółć', 'Żółć Łąka', 1, '2026-05-09T08:00:01.000000+00:00');
INSERT INTO line_writes (client, addition_id, quantity, at, sent)
VALUES ('harbor', 3301, '36.50', '2026-05-09T08:00:01.000000+00:00', '37');

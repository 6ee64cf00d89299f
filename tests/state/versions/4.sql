ALTER TABLE runs ADD COLUMN actor VARCHAR NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN of_run VARCHAR;
CREATE TABLE decisions (
    run VARCHAR NOT NULL,
    client VARCHAR NOT NULL,
    digest VARCHAR NOT NULL,
    decision VARCHAR NOT NULL,
    actor VARCHAR NOT NULL,
    at VARCHAR NOT NULL,
    until VARCHAR NOT NULL,
    used_by VARCHAR,
    PRIMARY KEY (run)
);
CREATE INDEX ix_decisions_client ON decisions (client);
DROP TABLE journal;
CREATE TABLE journal (
    id {number},
    run VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    change VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    at VARCHAR NOT NULL,
    worker VARCHAR NOT NULL DEFAULT '',
    request VARCHAR NOT NULL DEFAULT '',
    record INTEGER,
    answer TEXT NOT NULL DEFAULT '',
    detail TEXT
);
CREATE INDEX ix_journal_run ON journal (run);
CREATE INDEX ix_journal_state ON journal (state);
/* sqlite */ CREATE TRIGGER journal_no_update BEFORE UPDATE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
/* sqlite */ CREATE TRIGGER journal_no_delete BEFORE DELETE ON journal BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
/* sqlite */ CREATE TRIGGER journal_no_replace BEFORE INSERT ON journal WHEN EXISTS (SELECT 1 FROM journal WHERE id = NEW.id) BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END;
/* postgresql */ CREATE FUNCTION journal_append_only() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$;
/* postgresql */ CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal FOR EACH STATEMENT EXECUTE FUNCTION journal_append_only();
INSERT INTO decisions (run, client, digest, decision, actor, at, until)
VALUES ('0123456789ab', 'harbor', 'd1', 'approved', 'jberg', '2026-05-09T09:00:00.000000+00:00', '2026-05-12T09:00:00.000000+00:00');
INSERT INTO journal (run, seq, change, state, at, answer)
VALUES ('0123456789ab', 0, 'c0ffee', 'doubt', '2026-05-09T08:00:02.000000+00:00', '');

CREATE TABLE counts (
    client VARCHAR NOT NULL,
    profile VARCHAR NOT NULL,
    at VARCHAR NOT NULL,
    day VARCHAR NOT NULL,
    people INTEGER NOT NULL,
    units VARCHAR NOT NULL,
    billed VARCHAR NOT NULL,
    agreement_id INTEGER,
    addition_id INTEGER,
    quantity VARCHAR,
    unit_price VARCHAR,
    open_from VARCHAR,
    PRIMARY KEY (client, profile, at)
);
CREATE TABLE stays (
    client VARCHAR NOT NULL,
    profile VARCHAR NOT NULL,
    guid VARCHAR NOT NULL,
    begun VARCHAR NOT NULL,
    since VARCHAR NOT NULL,
    until VARCHAR,
    name VARCHAR NOT NULL,
    account VARCHAR NOT NULL,
    units VARCHAR NOT NULL,
    PRIMARY KEY (client, profile, guid, begun)
);
ALTER TABLE line_writes ADD COLUMN accepted VARCHAR NOT NULL DEFAULT '0';
ALTER TABLE line_writes ADD COLUMN ends VARCHAR;
INSERT INTO counts (client, profile, at, day, people, units, billed, agreement_id, addition_id, quantity)
VALUES ('harbor', 'User', '2026-05-09T08:00:01.000000+00:00', '2026-05-09', 37, '37', '37', 77, 3301, '36.50');
INSERT INTO stays (client, profile, guid, begun, since, until, name, account, units)
VALUES ('harbor', 'User', 'g-1', '2026-05-09T08:00:01.000000+00:00', '2026-05-09', NULL, 'Żółć Łąka', 'żółć', '1');

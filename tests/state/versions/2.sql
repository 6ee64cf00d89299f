CREATE TABLE away (
    client VARCHAR NOT NULL,
    guid VARCHAR NOT NULL,
    since VARCHAR NOT NULL,
    PRIMARY KEY (client, guid)
);
CREATE TABLE readings (
    client VARCHAR NOT NULL PRIMARY KEY,
    people INTEGER NOT NULL,
    rules TEXT NOT NULL,
    at VARCHAR NOT NULL
);
INSERT INTO away (client, guid, since) VALUES ('harbor', 'g-2', '2026-05-01');
INSERT INTO readings (client, people, rules, at)
VALUES ('harbor', 37, '{"people":"0a1b"}', '2026-05-09T08:00:01.000000+00:00');

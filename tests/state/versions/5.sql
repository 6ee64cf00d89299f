CREATE TABLE tickets (
    client VARCHAR NOT NULL,
    cause VARCHAR NOT NULL,
    ticket_id INTEGER NOT NULL,
    told VARCHAR NOT NULL,
    at VARCHAR NOT NULL,
    PRIMARY KEY (client, cause)
);
INSERT INTO tickets (client, cause, ticket_id, told, at)
VALUES ('harbor', 'guard', 1203, 'd1', '2026-05-09T08:00:02.000000+00:00');

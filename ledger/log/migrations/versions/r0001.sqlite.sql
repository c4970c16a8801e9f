CREATE TABLE entry (
    n BIGINT NOT NULL,
    id BLOB NOT NULL,
    type VARCHAR NOT NULL,
    author VARCHAR NOT NULL,
    at BIGINT NOT NULL,
    case_id BLOB,
    leaf BLOB NOT NULL,
    PRIMARY KEY (n)
);

CREATE INDEX entry_author ON entry (author, n);

CREATE INDEX entry_case ON entry (case_id, n);

CREATE UNIQUE INDEX entry_id ON entry (id);

CREATE INDEX entry_type ON entry (type, n);

CREATE TABLE ref (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    target BLOB NOT NULL,
    PRIMARY KEY (n, position)
)
 WITHOUT ROWID;

CREATE INDEX ref_target ON ref (target, n);

CREATE TABLE stored_hash (
    level BIGINT NOT NULL,
    number BIGINT NOT NULL,
    digest BLOB NOT NULL,
    PRIMARY KEY (level, number)
)
 WITHOUT ROWID;

CREATE TABLE part (
    n BIGINT NOT NULL,
    part VARCHAR NOT NULL,
    ciphertext BLOB NOT NULL,
    PRIMARY KEY (n, part)
);

CREATE TABLE wrap (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    under BLOB NOT NULL,
    handle VARCHAR NOT NULL,
    box BLOB NOT NULL,
    PRIMARY KEY (n, position)
)
 WITHOUT ROWID;

CREATE TABLE token (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    token BLOB NOT NULL,
    salt BLOB NOT NULL,
    PRIMARY KEY (n, position)
)
 WITHOUT ROWID;

CREATE INDEX token_token ON token (token);

CREATE TABLE removed_wrap (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    under BLOB NOT NULL,
    handle VARCHAR NOT NULL,
    box_sha256 BLOB NOT NULL,
    PRIMARY KEY (n, position)
)
 WITHOUT ROWID;

CREATE TABLE head (
    one BIGINT NOT NULL,
    size BIGINT NOT NULL,
    checkpoint BLOB NOT NULL,
    PRIMARY KEY (one)
);

CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'entry rows are never changed'); END;

CREATE TRIGGER ref_no_update BEFORE UPDATE ON ref BEGIN SELECT RAISE(ABORT, 'ref rows are never changed'); END;

CREATE TRIGGER stored_hash_no_update BEFORE UPDATE ON stored_hash BEGIN SELECT RAISE(ABORT, 'stored_hash rows are never changed'); END;

CREATE TRIGGER removed_wrap_no_update BEFORE UPDATE ON removed_wrap BEGIN SELECT RAISE(ABORT, 'removed_wrap rows are never changed'); END;

CREATE TRIGGER part_no_update BEFORE UPDATE ON part BEGIN SELECT RAISE(ABORT, 'part rows are never changed'); END;

CREATE TRIGGER wrap_no_update BEFORE UPDATE ON wrap BEGIN SELECT RAISE(ABORT, 'wrap rows are never changed'); END;

CREATE TRIGGER token_no_update BEFORE UPDATE ON token BEGIN SELECT RAISE(ABORT, 'token rows are never changed'); END;

CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'entry rows are never deleted'); END;

CREATE TRIGGER ref_no_delete BEFORE DELETE ON ref BEGIN SELECT RAISE(ABORT, 'ref rows are never deleted'); END;

CREATE TRIGGER stored_hash_no_delete BEFORE DELETE ON stored_hash BEGIN SELECT RAISE(ABORT, 'stored_hash rows are never deleted'); END;

CREATE TRIGGER removed_wrap_no_delete BEFORE DELETE ON removed_wrap BEGIN SELECT RAISE(ABORT, 'removed_wrap rows are never deleted'); END;

CREATE TRIGGER part_delete BEFORE DELETE ON part WHEN NOT EXISTS (
    SELECT 1 FROM entry e JOIN ref q ON q.target = e.id JOIN entry asked ON asked.n = q.n
    JOIN ref a ON a.target = asked.id JOIN entry approved ON approved.n = a.n
    JOIN ref d ON d.target = approved.id JOIN entry done ON done.n = d.n
    WHERE e.n = OLD.n AND asked.type = 'erasure.requested' AND approved.type = 'erasure.approved'
    AND done.type = 'erasure.done') BEGIN SELECT RAISE(ABORT, 'a sealed part is deleted only by an erasure in the log'); END;

CREATE TRIGGER token_delete BEFORE DELETE ON token WHEN NOT EXISTS (
    SELECT 1 FROM entry e JOIN ref q ON q.target = e.id JOIN entry asked ON asked.n = q.n
    JOIN ref a ON a.target = asked.id JOIN entry approved ON approved.n = a.n
    JOIN ref d ON d.target = approved.id JOIN entry done ON done.n = d.n
    WHERE e.n = OLD.n AND asked.type = 'erasure.requested' AND approved.type = 'erasure.approved'
    AND done.type = 'erasure.done') BEGIN SELECT RAISE(ABORT, 'a search token is deleted only by an erasure in the log'); END;

CREATE TRIGGER wrap_delete BEFORE DELETE ON wrap WHEN NOT EXISTS (SELECT 1 FROM removed_wrap r WHERE r.n = OLD.n AND r.position = OLD.position) BEGIN SELECT RAISE(ABORT, 'a wrap is deleted only when what was removed is kept'); END;

CREATE TRIGGER head_forward BEFORE UPDATE ON head WHEN NEW.size <= OLD.size OR NEW.size > OLD.size + 4096 OR NEW.one <> OLD.one BEGIN SELECT RAISE(ABORT, 'the head only moves forward, a batch at a time'); END;

CREATE TRIGGER head_one BEFORE INSERT ON head WHEN NEW.one <> 1 BEGIN SELECT RAISE(ABORT, 'there is one head'); END;

CREATE TRIGGER head_no_delete BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'the head is never deleted'); END;

CREATE TABLE entry (
    n BIGINT NOT NULL,
    id BYTEA NOT NULL,
    type VARCHAR COLLATE "C" NOT NULL,
    author VARCHAR COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    case_id BYTEA,
    leaf BYTEA NOT NULL,
    PRIMARY KEY (n)
);

CREATE INDEX entry_author ON entry (author, n);

CREATE INDEX entry_case ON entry (case_id, n);

CREATE UNIQUE INDEX entry_id ON entry (id);

CREATE INDEX entry_type ON entry (type, n);

CREATE TABLE ref (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    target BYTEA NOT NULL,
    PRIMARY KEY (n, position)
);

CREATE INDEX ref_target ON ref (target, n);

CREATE TABLE stored_hash (
    level BIGINT NOT NULL,
    number BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    PRIMARY KEY (level, number)
);

CREATE TABLE part (
    n BIGINT NOT NULL,
    part VARCHAR COLLATE "C" NOT NULL,
    ciphertext BYTEA NOT NULL,
    PRIMARY KEY (n, part)
);

CREATE TABLE wrap (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    under BYTEA NOT NULL,
    handle VARCHAR COLLATE "C" NOT NULL,
    box BYTEA NOT NULL,
    PRIMARY KEY (n, position)
);

CREATE TABLE token (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    kind VARCHAR COLLATE "C" NOT NULL,
    token BYTEA NOT NULL,
    salt BYTEA NOT NULL,
    PRIMARY KEY (n, position)
);

CREATE INDEX token_token ON token (token);

CREATE TABLE removed_wrap (
    n BIGINT NOT NULL,
    position BIGINT NOT NULL,
    under BYTEA NOT NULL,
    handle VARCHAR COLLATE "C" NOT NULL,
    box_sha256 BYTEA NOT NULL,
    PRIMARY KEY (n, position)
);

CREATE TABLE head (
    one BIGINT NOT NULL,
    size BIGINT NOT NULL,
    checkpoint BYTEA NOT NULL,
    PRIMARY KEY (one)
);

CREATE FUNCTION entry_no_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'entry rows are never changed' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER entry_no_update BEFORE UPDATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_no_update();

CREATE FUNCTION ref_no_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'ref rows are never changed' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER ref_no_update BEFORE UPDATE ON ref FOR EACH STATEMENT EXECUTE FUNCTION ref_no_update();

CREATE FUNCTION stored_hash_no_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'stored_hash rows are never changed' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER stored_hash_no_update BEFORE UPDATE ON stored_hash FOR EACH STATEMENT EXECUTE FUNCTION stored_hash_no_update();

CREATE FUNCTION removed_wrap_no_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'removed_wrap rows are never changed' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER removed_wrap_no_update BEFORE UPDATE ON removed_wrap FOR EACH STATEMENT EXECUTE FUNCTION removed_wrap_no_update();

CREATE FUNCTION part_no_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'part rows are never changed' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER part_no_update BEFORE UPDATE ON part FOR EACH STATEMENT EXECUTE FUNCTION part_no_update();

CREATE FUNCTION wrap_no_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'wrap rows are never changed' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER wrap_no_update BEFORE UPDATE ON wrap FOR EACH STATEMENT EXECUTE FUNCTION wrap_no_update();

CREATE FUNCTION token_no_update() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'token rows are never changed' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER token_no_update BEFORE UPDATE ON token FOR EACH STATEMENT EXECUTE FUNCTION token_no_update();

CREATE FUNCTION entry_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'entry rows are never deleted' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER entry_no_delete BEFORE DELETE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_no_delete();

CREATE FUNCTION ref_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'ref rows are never deleted' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER ref_no_delete BEFORE DELETE ON ref FOR EACH STATEMENT EXECUTE FUNCTION ref_no_delete();

CREATE FUNCTION stored_hash_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'stored_hash rows are never deleted' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER stored_hash_no_delete BEFORE DELETE ON stored_hash FOR EACH STATEMENT EXECUTE FUNCTION stored_hash_no_delete();

CREATE FUNCTION removed_wrap_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'removed_wrap rows are never deleted' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER removed_wrap_no_delete BEFORE DELETE ON removed_wrap FOR EACH STATEMENT EXECUTE FUNCTION removed_wrap_no_delete();

CREATE FUNCTION part_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NOT EXISTS (
    SELECT 1 FROM entry e JOIN ref q ON q.target = e.id JOIN entry asked ON asked.n = q.n
    JOIN ref a ON a.target = asked.id JOIN entry approved ON approved.n = a.n
    JOIN ref d ON d.target = approved.id JOIN entry done ON done.n = d.n
    WHERE e.n = OLD.n AND asked.type = 'erasure.requested' AND approved.type = 'erasure.approved'
    AND done.type = 'erasure.done') THEN RAISE EXCEPTION 'a sealed part is deleted only by an erasure in the log' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END$$;

CREATE TRIGGER part_delete BEFORE DELETE ON part FOR EACH ROW EXECUTE FUNCTION part_delete();

CREATE FUNCTION token_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NOT EXISTS (
    SELECT 1 FROM entry e JOIN ref q ON q.target = e.id JOIN entry asked ON asked.n = q.n
    JOIN ref a ON a.target = asked.id JOIN entry approved ON approved.n = a.n
    JOIN ref d ON d.target = approved.id JOIN entry done ON done.n = d.n
    WHERE e.n = OLD.n AND asked.type = 'erasure.requested' AND approved.type = 'erasure.approved'
    AND done.type = 'erasure.done') THEN RAISE EXCEPTION 'a search token is deleted only by an erasure in the log' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END$$;

CREATE TRIGGER token_delete BEFORE DELETE ON token FOR EACH ROW EXECUTE FUNCTION token_delete();

CREATE FUNCTION wrap_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NOT EXISTS (SELECT 1 FROM removed_wrap r WHERE r.n = OLD.n AND r.position = OLD.position) THEN RAISE EXCEPTION 'a wrap is deleted only when what was removed is kept' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN OLD; END$$;

CREATE TRIGGER wrap_delete BEFORE DELETE ON wrap FOR EACH ROW EXECUTE FUNCTION wrap_delete();

CREATE FUNCTION head_forward() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.size <= OLD.size OR NEW.size > OLD.size + 4096 OR NEW.one <> OLD.one THEN RAISE EXCEPTION 'the head only moves forward, a batch at a time' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$;

CREATE TRIGGER head_forward BEFORE UPDATE ON head FOR EACH ROW EXECUTE FUNCTION head_forward();

CREATE FUNCTION head_one() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.one <> 1 THEN RAISE EXCEPTION 'there is one head' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$;

CREATE TRIGGER head_one BEFORE INSERT ON head FOR EACH ROW EXECUTE FUNCTION head_one();

CREATE FUNCTION head_no_delete() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'the head is never deleted' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER head_no_delete BEFORE DELETE ON head FOR EACH STATEMENT EXECUTE FUNCTION head_no_delete();

CREATE FUNCTION entry_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'entry is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER entry_no_truncate BEFORE TRUNCATE ON entry FOR EACH STATEMENT EXECUTE FUNCTION entry_no_truncate();

CREATE FUNCTION ref_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'ref is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER ref_no_truncate BEFORE TRUNCATE ON ref FOR EACH STATEMENT EXECUTE FUNCTION ref_no_truncate();

CREATE FUNCTION stored_hash_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'stored_hash is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER stored_hash_no_truncate BEFORE TRUNCATE ON stored_hash FOR EACH STATEMENT EXECUTE FUNCTION stored_hash_no_truncate();

CREATE FUNCTION part_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'part is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER part_no_truncate BEFORE TRUNCATE ON part FOR EACH STATEMENT EXECUTE FUNCTION part_no_truncate();

CREATE FUNCTION wrap_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'wrap is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER wrap_no_truncate BEFORE TRUNCATE ON wrap FOR EACH STATEMENT EXECUTE FUNCTION wrap_no_truncate();

CREATE FUNCTION token_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'token is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER token_no_truncate BEFORE TRUNCATE ON token FOR EACH STATEMENT EXECUTE FUNCTION token_no_truncate();

CREATE FUNCTION removed_wrap_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'removed_wrap is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER removed_wrap_no_truncate BEFORE TRUNCATE ON removed_wrap FOR EACH STATEMENT EXECUTE FUNCTION removed_wrap_no_truncate();

CREATE FUNCTION head_no_truncate() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'head is never emptied' USING ERRCODE = 'integrity_constraint_violation'; END$$;

CREATE TRIGGER head_no_truncate BEFORE TRUNCATE ON head FOR EACH STATEMENT EXECUTE FUNCTION head_no_truncate();

CREATE FUNCTION entry_next() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.n < (SELECT size FROM head) OR NEW.n >= (SELECT size FROM head) + 4096 THEN RAISE EXCEPTION 'entry rows are added with the next entries' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$;

CREATE TRIGGER entry_next BEFORE INSERT ON entry FOR EACH ROW EXECUTE FUNCTION entry_next();

CREATE FUNCTION ref_next() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.n < (SELECT size FROM head) OR NEW.n >= (SELECT size FROM head) + 4096 THEN RAISE EXCEPTION 'ref rows are added with the next entries' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$;

CREATE TRIGGER ref_next BEFORE INSERT ON ref FOR EACH ROW EXECUTE FUNCTION ref_next();

CREATE FUNCTION part_next() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.n < (SELECT size FROM head) OR NEW.n >= (SELECT size FROM head) + 4096 THEN RAISE EXCEPTION 'part rows are added with the next entries' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$;

CREATE TRIGGER part_next BEFORE INSERT ON part FOR EACH ROW EXECUTE FUNCTION part_next();

CREATE FUNCTION wrap_next() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.n < (SELECT size FROM head) OR NEW.n >= (SELECT size FROM head) + 4096 THEN RAISE EXCEPTION 'wrap rows are added with the next entries' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$;

CREATE TRIGGER wrap_next BEFORE INSERT ON wrap FOR EACH ROW EXECUTE FUNCTION wrap_next();

CREATE FUNCTION token_next() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN IF NEW.n < (SELECT size FROM head) OR NEW.n >= (SELECT size FROM head) + 4096 THEN RAISE EXCEPTION 'token rows are added with the next entries' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END$$;

CREATE TRIGGER token_next BEFORE INSERT ON token FOR EACH ROW EXECUTE FUNCTION token_next();

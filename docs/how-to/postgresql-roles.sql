-- Three roles for a ledger in PostgreSQL, each with the least that it needs.
--
--   ledger_owner    makes the tables (init, copy) and brings them forward (upgrade); otherwise nobody uses it
--   ledger_writer   records, ends access, erases
--   ledger_reader   reads and verifies
--
-- Run it as the server's administrator, connected to the ledger's own database, once before `consent-ledger init` and
-- once more after it; and again after every `consent-ledger upgrade`. It may be run as often as you like:
--
--   psql --dbname DATABASE --file postgresql-roles.sql
--
-- No password stands here. Set each one in psql, where it is not shown:  \password ledger_writer

\set ON_ERROR_STOP on

BEGIN;

-- What somebody gave the roles by hand is set back first: powers over the server, membership in another role, and rights
-- on this database, on its schema "public" and on what is in it. Rights elsewhere, and settings of a role, are left.
DO $$
DECLARE
    role text;
    given record;
BEGIN
    FOREACH role IN ARRAY ARRAY['ledger_owner', 'ledger_writer', 'ledger_reader'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION', role);
        ELSIF EXISTS (SELECT FROM pg_roles WHERE rolname = role
                AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls)) THEN
            EXECUTE format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', role);
        END IF;
        FOR given IN SELECT m.roleid::regrole AS other, g.rolname AS giver FROM pg_auth_members m
                JOIN pg_roles g ON g.oid = m.grantor WHERE m.member = role::regrole LOOP
            EXECUTE format('REVOKE %s FROM %I GRANTED BY %I CASCADE', given.other, role, given.giver);
        END LOOP;
        -- nobody makes temporary tables, and nobody else connects
        EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', current_database(), role);
        EXECUTE format('GRANT CONNECT ON DATABASE %I TO %I', current_database(), role);
    END LOOP;
    -- PostgreSQL lets everybody make large objects, and so fill the disk of the server
    FOR given IN SELECT oid::regprocedure AS name FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
            AND (proname LIKE 'lo\_%' OR proname IN ('loread', 'lowrite')) LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC, ledger_owner, ledger_writer, ledger_reader', given.name);
    END LOOP;
END
$$;

REVOKE ALL ON SCHEMA public FROM PUBLIC, ledger_owner, ledger_writer, ledger_reader;
GRANT USAGE, CREATE ON SCHEMA public TO ledger_owner;
GRANT USAGE ON SCHEMA public TO ledger_writer, ledger_reader;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, ledger_writer, ledger_reader;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, ledger_writer, ledger_reader;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC, ledger_writer, ledger_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO ledger_writer, ledger_reader;

DO $$
BEGIN
    IF to_regclass('public.entry') IS NULL THEN
        RAISE NOTICE 'No ledger is here yet. Run consent-ledger init as ledger_owner, and then this file once more.';
        RETURN;
    END IF;
    -- the head is the owner's to insert, by init; triggers let rows be added with the next entries alone
    GRANT INSERT ON entry, ref, stored_hash, part, wrap, token, removed_wrap TO ledger_writer;
    -- an erasure takes parts and search tokens away, the end of an access takes wraps; triggers ask why
    GRANT DELETE ON part, wrap, token TO ledger_writer;
    -- the newest checkpoint is replaced by the next; the row is also the lock of whoever writes
    GRANT UPDATE (size, checkpoint) ON head TO ledger_writer;
END
$$;

COMMIT;

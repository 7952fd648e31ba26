-- The role that the bot logs in as: it owns a schema of its own in its database, and nothing else.
--
--   ROLE_PASSWORD_FILE=FILE psql -f role.sql -d taikubot   as an administrator
--
-- It may be run again: then it only sets the password anew. Without a password to set nothing is done:
-- an empty one would lock the bot out.
\set ON_ERROR_STOP on
\set password `cat "$ROLE_PASSWORD_FILE"`
SELECT btrim(:'password', E' \t\r\n') = '' AS no_password \gset
\if :no_password
DO $$ BEGIN
  RAISE EXCEPTION 'No password was set: the file that ROLE_PASSWORD_FILE names is missing, unreadable or empty.'
    USING HINT = 'Set ROLE_PASSWORD_FILE to a file with the password of the role taikubot.';
END $$;
\endif
BEGIN;
SELECT 'CREATE ROLE taikubot' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'taikubot') \gexec
ALTER ROLE taikubot LOGIN PASSWORD :'password';
-- An administrator who is no superuser can make a schema for nobody but a role that they are in.
SELECT format('GRANT taikubot TO %I', current_user) \gexec
CREATE SCHEMA IF NOT EXISTS taikubot AUTHORIZATION taikubot;
SELECT format('REVOKE taikubot FROM %I', current_user) \gexec
-- Nobody else gets in, and nothing is made outside the schema.
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO taikubot', current_database()) \gexec
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
COMMIT;

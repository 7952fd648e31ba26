#!/bin/sh
# Run once by the image of PostgreSQL, when it makes the database of compose.yaml.
set -eu
ROLE_PASSWORD_FILE=/run/secrets/database_password psql --no-psqlrc --set ON_ERROR_STOP=1 \
  --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file /role.sql

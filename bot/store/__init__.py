"""The database: tables, migrations and queries, on SQLite or PostgreSQL with the same code."""

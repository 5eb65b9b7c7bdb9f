"""Keeping rows: the only SQL of the project, in named statements that run on SQLite and on PostgreSQL."""

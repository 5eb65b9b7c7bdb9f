"""The SQLite engine: one writer, readers beside it, and group commit."""

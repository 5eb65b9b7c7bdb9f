"""Rows about what is shared: the matrix, its lists, and folders that people are asked about."""

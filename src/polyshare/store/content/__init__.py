"""Rows about bytes: versions, uploads, and what is to be collected."""

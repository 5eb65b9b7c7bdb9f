"""Rows about letting in: tokens and keys, clients and issuers."""

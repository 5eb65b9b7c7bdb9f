"""Rows about links: what they lead to, whom they let in, and what they permit."""

"""Bytes: stored, brought in pieces, previewed, packed, collected, and copied from and to this machine."""

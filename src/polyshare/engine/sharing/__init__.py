"""Sharing: with accounts by shares of resources, with members of folders, and with people who are asked first."""

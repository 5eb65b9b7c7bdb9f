"""Rows about the file tree: nodes, drives, and how far somebody may go at a node."""

"""A real browser over the pages for people."""

"""Tests of what the dialects say on the wire."""

"""Tests of the Documents API dialect."""

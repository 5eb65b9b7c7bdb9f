"""Tests of UCloud's dialect."""

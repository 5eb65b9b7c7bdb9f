"""Keeping bytes: in a folder of this machine or in S3, streamed both ways."""

"""The vendors' own clients, driven against a live server after only their base URL was changed."""

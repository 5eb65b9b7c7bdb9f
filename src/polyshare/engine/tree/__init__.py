"""The file tree: drives, folders and names, places, the trash, and how far somebody may go at a node."""

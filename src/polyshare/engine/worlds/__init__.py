"""World files: how one is read, and how what it names is brought in line; `loading` is the verb."""

"""The shapes that go over the wire, a module for each service."""

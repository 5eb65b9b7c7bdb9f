"""My Cloud Home's services."""

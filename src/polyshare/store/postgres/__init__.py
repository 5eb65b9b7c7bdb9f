"""The PostgreSQL engine: pooled connections, statements prepared and planned once."""

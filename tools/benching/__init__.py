"""Parts of the benchmark: a bare server to compare with, rows to find, servers that are measured, requests that load them."""

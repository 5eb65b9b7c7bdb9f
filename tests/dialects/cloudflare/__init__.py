"""The Cloudflare dialect held to the contract that its vendor publishes."""

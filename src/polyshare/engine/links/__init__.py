"""Links: made, opened and redeemed, what they let see, and devices looked at by way of them."""

"""What goes on beside calls: the worker, what it tidies, and the mail it sends."""

"""A real server under many clients."""

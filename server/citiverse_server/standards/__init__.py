"""What the server gives out in the words of others: one folder a standard."""

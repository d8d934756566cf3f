"""Recorded readings, played again through the protocols that sensors speak."""

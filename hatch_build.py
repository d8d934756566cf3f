"""Builds the web client into the server package when a wheel is made."""

"""Sensors in, values out to many clients, beside another's server."""

"""OGC SensorThings API 1.1 (18-088) out of the registry and the store: a subset, read mostly."""

ROOT = "/sta/v1.1"
"""Where the service is on this server."""

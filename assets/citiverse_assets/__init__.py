"""Ellerhaven, a harbour town of our own invention: its buildings, its sensors, its files."""

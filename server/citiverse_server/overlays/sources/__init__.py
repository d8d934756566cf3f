"""Every way in for sensor readings."""

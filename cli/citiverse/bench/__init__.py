"""Measurements that an installed copy can repeat: ratios within one run, on this machine."""

"""What speaks against an observation, found as it comes: pure detectors, and what they recall."""

"""W3C Web of Things: a Thing Description 1.1 of each thing; see docs/standards/wot.md."""

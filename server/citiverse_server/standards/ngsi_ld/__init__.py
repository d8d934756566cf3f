"""NGSI-LD (ETSI GS CIM 009 V1.9.1): an implementation of a subset, listed in docs/standards."""

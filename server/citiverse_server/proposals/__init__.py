"""Proposals: files that hosts put into a city by hand (docs/contract/http.md, "Proposals")."""

"""Variants: what a scene may become, added to it without tiling it again (scene.md, "Variants")."""

FOLDER = "variants"

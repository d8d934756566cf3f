"""What can be seen from where people walk: `visibility.bin` of a scene (scene.md)."""

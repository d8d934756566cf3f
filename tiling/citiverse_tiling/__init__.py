"""City files to glTF and 3D Tiles: sources → transforms → tree → content → sinks → manifest."""

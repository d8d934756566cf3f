"""What a person places by hand: a first look at a file, and where it comes to stand."""

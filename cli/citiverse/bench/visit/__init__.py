"""What the server sends to who walks through a dense district."""

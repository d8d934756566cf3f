"""`citiverse bench stream`: how soon a view is complete, over lines as they are out there."""

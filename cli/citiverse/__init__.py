"""The one command `citiverse`: the only place that knows both the tiler and the server."""

"""What the subcommands do; `main` only describes them. Each is imported when it is called."""

import sys

PROPOSER = (sys.executable, "-m", "citiverse.proposal")
"""The command that reads proposals for a server."""

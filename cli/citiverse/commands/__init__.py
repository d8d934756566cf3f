"""What the subcommands do; `main` only describes them. Each is imported when it is called."""

"""One module for each subcommand; each names its click command `command`."""

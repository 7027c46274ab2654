"""Whether this machine is ready: facts are gathered first, each check judges them alone."""

"""The composition root: configuration, jobs, the daemon and the command line."""

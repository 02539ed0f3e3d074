"""Downloader middlewares: which addresses, whose rules, when, and from where."""

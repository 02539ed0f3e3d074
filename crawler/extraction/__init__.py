"""Extraction: what a page says, from its bytes; pure functions without the network."""

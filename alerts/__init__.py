"""Telling subscribers: a digest is composed, rendered once, and delivered with every step accounted for."""

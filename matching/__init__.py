"""Pure decisions about press articles: is a film mentioned, is the article a copy, what does it add.

Nothing in this room reads a file, a clock or the network, and nothing in it imports another room.
"""

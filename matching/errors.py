"""What can be wrong with a topic file.

TopicError   the file does not describe a topic; the message names file, key, what was read and the remedy
"""


class TopicError(ValueError):
    """A topic file is wrong: the message names the file, the key, what was read and what is allowed."""

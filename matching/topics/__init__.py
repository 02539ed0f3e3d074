"""The topics that come with Veilleur, as data; matching.topic reads them."""

"""Reading sources: feeds, news sitemaps and listings, each a pure function from bytes to links."""

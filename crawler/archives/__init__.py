"""Web archives (WARC, ISO 28500): reading whole ones in parallel, keeping the pages that carried a mention."""

"""Collecting: a Scrapy project that finds, fetches and reads the pages of the French press, politely."""

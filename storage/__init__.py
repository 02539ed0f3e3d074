"""Everything that is remembered: the schema, the transactions, and every query, named by its intent."""

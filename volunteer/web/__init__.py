"""The porch: access, transactions, sessions' cookie, error pages, filters, paging, navigation."""

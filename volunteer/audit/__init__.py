"""Who did what: one row for every change, read by the office."""

"""What the indicators will be at the end of the year: expected values, honest ranges, and what is still missing."""

"""Measuring by ratios within one run: `make bench` or `make bench ONLY=checkin`. docs/speed.md has what it showed."""

"""What the pages ask, one file per room. A form checks shape; it never queries."""

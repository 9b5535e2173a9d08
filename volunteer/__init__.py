"""The Flask modules of the product, one folder per room."""

"""A whole Saturday of a city, played against the running server: `make day`. It ends when every minute is explained."""

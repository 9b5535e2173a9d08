"""The front pages: what a visitor, a resident and an organizer see first. Leans on every room below."""

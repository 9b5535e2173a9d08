"""The pictures of the guides: `python -m tests.pictures` starts a demo city, does what the guides tell, and takes them.

The city's clock stands still until the story moves it, its people and their codes are always the same, so a second run
shows the same pages; only certificate numbers, signatures and what is made of them differ.
"""

"""The city's tree of districts, streets and communities, and how many people live in each community.

Our words: area, level, code, lineage (the codes from the city down), population (residents of the built-up area).
"""

"""The city's tree of districts, streets and communities, and how many people live in each community.

Our words: area, level, code, lineage (the codes from the city down), population (residents of the built-up area).
`areas-420600.csv` is 襄阳市 to the community: the national statistics bureau's list of 2023, as published in
china-division 2.7.0 (MIT).
"""

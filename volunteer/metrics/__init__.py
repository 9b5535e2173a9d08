"""Indicators: what the city is measured by, as of any day, by which window and which total.

`rules.py` declares the four indicators once, `editions.py` the thresholds in force, `facts.py` the daily steps from
which every figure is a sum, `documents.py` the tables that people take away. `operations.py` keeps the figures from
what `ledger.py` reads; `queries.py` reads them, `people_queries.py` the list behind a number, `edition_queries.py` and
`edition_operations.py` keep editions; `pictures.py` draws trends. Leans on areas, volunteers, hours and surveys.
"""

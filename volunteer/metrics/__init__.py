"""Indicators: what the city is measured by, as of any day, by which window and which total.

`rules.py` declares the four indicators once, `editions.py` the thresholds in force, `facts.py` the daily steps from
which every figure is a sum, `documents.py` the tables that people take away. Leans on areas, volunteers and hours.
"""

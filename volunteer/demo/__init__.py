"""A believable invented city, small enough to look around in or large enough to measure.

Everything is generated from a seed and loaded in bulk; no person in it exists.
"""

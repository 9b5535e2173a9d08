"""Registered people: who may register, what they can do, and when and where each counts.

Our words: volunteer, volunteer number, relation (self, child, elder), registration change, spell.
We lean on accounts (consents) and areas.
"""

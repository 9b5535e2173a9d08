"""The office's own desk: approving organizations, staff and roles, areas and populations, editions, the trail.

It writes through the rooms below; what it sees and touches lies within the areas of its reader's roles.
"""

"""The office's own desk: approving organizations, staff and their roles, areas and populations, editions, surveys, the trail."""

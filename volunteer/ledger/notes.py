"""Signed notes (C2SP signed-note) about the tree. Pure."""

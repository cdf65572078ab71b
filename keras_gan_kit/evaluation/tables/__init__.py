"""Compares two tables."""

"""Reads, checks and encodes rows and images."""

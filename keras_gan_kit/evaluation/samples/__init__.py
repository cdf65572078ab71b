"""Rows and images: reading, checking, and encoding them as vectors."""

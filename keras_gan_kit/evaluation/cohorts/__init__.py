"""Compares joint samples of an image and a table row."""

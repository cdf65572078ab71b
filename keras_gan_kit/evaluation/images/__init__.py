"""Compares two sets of images."""

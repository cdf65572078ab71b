"""Extracts features of images, and compares two sets of features."""

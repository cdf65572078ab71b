"""Measures how much a synthetic dataset reveals about its training data."""

"""Measures what predictors learn from synthetic samples."""

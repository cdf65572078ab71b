"""Compares two cohorts: samples of an image and a row."""

"""Builds reports from scores, sections and figures."""

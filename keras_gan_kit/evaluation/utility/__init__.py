"""Measures how useful synthetic samples are for training predictors."""

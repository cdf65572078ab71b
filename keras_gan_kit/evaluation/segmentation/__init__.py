"""Scores predicted segmentation masks."""

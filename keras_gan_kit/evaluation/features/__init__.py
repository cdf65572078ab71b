"""Features of images, and metrics that compare two sets of features."""

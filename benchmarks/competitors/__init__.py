"""One file per way to train: `prepare(task, images)` returns a function that runs n steps."""

"""What the notebooks call: examples, printed tables, charts, exercises and their feedback."""

"""What the notebooks call: example data, tables, charts, exercises and their feedback."""

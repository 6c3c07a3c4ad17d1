"""Films as files, encoded frame by frame as they are drawn. formats.py lists the formats."""

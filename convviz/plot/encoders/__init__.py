"""Moving pictures as files, frame by frame as they are drawn. formats.py lists them."""

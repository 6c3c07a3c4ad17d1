"""The scene in matplotlib: stills, films, and their files."""

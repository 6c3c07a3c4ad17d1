"""The kinds of exercises, one a file: its question, its hint, its feedback and its solution."""

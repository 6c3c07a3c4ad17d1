"""What a reader reads, one file a language."""

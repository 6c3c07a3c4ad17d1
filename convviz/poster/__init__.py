"""The still that stands in a saved notebook where no widget can be: small, and quick to make."""

"""In the place of IPython's module of this name, which brings a terminal's whole interface."""


def embed(*_arguments: object, **_options: object) -> None:
    """Say that there is no terminal."""
    raise RuntimeError("There is no terminal in a browser.")

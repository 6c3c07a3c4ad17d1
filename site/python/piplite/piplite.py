"""What `%pip` comes to in JupyterLite, and what that configures at its start."""


async def install(*_requirements: object, **_options: object) -> None:
    """Say that there is nothing to install from."""
    raise RuntimeError("Nothing can be installed here: this site has what its notebooks need.")

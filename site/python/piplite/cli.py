"""What JupyterLite reads `%pip` by."""


async def get_transformed_code(_arguments: list[str]) -> str:
    """The line that stands in the place of `%pip …`."""
    return 'await __import__("piplite").install()\n'

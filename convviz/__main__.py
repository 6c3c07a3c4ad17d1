"""``python -m convviz`` is the command ``convviz``."""

from convviz.cli import main

if __name__ == "__main__":
    raise SystemExit(main())

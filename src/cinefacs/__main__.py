"""``python -m cinefacs`` is ``cinefacs``."""

from cinefacs.cli import main

if __name__ == "__main__":
    main()

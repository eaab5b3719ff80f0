"""``python -m contend``, and ``torchrun -m contend``: the command line."""

from __future__ import annotations

from contend.cli import main

if __name__ == "__main__":
    main(prog_name="contend")

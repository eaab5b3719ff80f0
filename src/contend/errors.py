"""Every error that contend raises on purpose.

    ContendError
    ├── DocumentError           a segment, relation or document that contradicts itself
    ├── FormatError             a file that cannot be read as what it claims to be
    ├── CorpusError             a corpus that is absent, altered or incomplete
    ├── AttachError             an annotation that does not fit the text it is attached to
    ├── ModelError              a model folder that is absent, altered or of another version
    ├── ConfigError             a setting that cannot be used
    └── MissingDependencyError  a library of an optional extra that is not installed

Each message says where, what was expected, what was found and what to do.
"""

from __future__ import annotations


class ContendError(Exception):
    """Base of all errors of this library."""


class DocumentError(ContendError, ValueError):
    """A segment, relation or document that contradicts itself."""


class FormatError(ContendError, ValueError):
    """A file that cannot be read as what it claims to be."""


class CorpusError(ContendError):
    """A corpus that is absent, altered or incomplete."""


class AttachError(ContendError):
    """An annotation that does not fit the text it is attached to."""


class ModelError(ContendError):
    """A model folder that is absent, altered or of another version."""


class ConfigError(ContendError, ValueError):
    """A setting that cannot be used."""


class MissingDependencyError(ContendError, ImportError):
    """A library of an optional extra that is not installed."""

    @classmethod
    def of(cls, package: str, extra: str) -> MissingDependencyError:
        """The error that names the command which installs ``package`` with ``extra``."""
        return cls(
            f"this needs {package}, which is not installed; it comes with the extra '{extra}': "
            f"pip install 'contend[{extra}]'"
        )

"""What goes wrong."""


class Error(Exception):
    """What pellucid could not do, and why: what was expected, what was found, where, what to do.

    code: "usage", "not_found", "io", "format", "limit", "unsupported", "numeric" or "interrupted".
    where: the argument, file or text that it is about; empty if none.
    """

    def __init__(self, message: str, code: str = "usage", where: str = "") -> None:
        super().__init__(message, code, where)
        self.code = code
        self.where = where

    def __str__(self) -> str:
        return str(self.args[0])


class TruncationWarning(UserWarning):
    """Texts were longer than the model reads; their ends were not read."""

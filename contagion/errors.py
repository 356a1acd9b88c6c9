"""The one exception a user sees."""


class InputError(ValueError):
    """Something a user gave cannot be used: says what was wrong, where, and what would be right."""

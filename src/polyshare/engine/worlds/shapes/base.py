"""What the shapes of a world file's sections are made of."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from polyshare.domain.principals import Access

Text = Annotated[str, Meta(min_length=1)]
Secret = (
    Text | dict[str, str]
)  # itself, or {env = "NAME"}, {file = "path"}, for a password also {argon2 = "hash"}
Moment = Annotated[datetime, Meta(tz=True)]
Roles = dict[str, Access]  # by the id of an account or organization


class Shape(Struct, forbid_unknown_fields=True):
    """One entry of a section; a key that is left out leaves what is there alone."""

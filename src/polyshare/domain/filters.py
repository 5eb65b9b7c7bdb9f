"""What drives and shares of folders can be looked for by alike: by whom and when they were made, of which product, and ids."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Filter:
    """
    Which things; None and empty mean no restriction, everything given is ANDed.

    Attributes:
        created_from, created_to: Milliseconds, both inclusive.
        owner: A login.
        provider, category, product: Of the product; `not_…` differ from it.
        refs: The providers' own ids.
        ids: Ours.
        words: Folded; each kind of thing says in what they are looked for.
    """

    created_from: int | None = None
    created_to: int | None = None
    owner: str | None = None
    provider: str | None = None
    category: str | None = None
    product: str | None = None
    not_provider: str | None = None
    not_category: str | None = None
    not_product: str | None = None
    refs: tuple[str, ...] | None = None
    ids: tuple[int, ...] | None = None
    words: str = ""

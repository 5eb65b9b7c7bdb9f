"""Which provider carries which kind of resource."""

from collections.abc import Iterable, Mapping

from polyshare.domain.folder_shares import ELSEWHERE
from polyshare.providers.base import Keeper, Provider, path_kind


class Providers:
    """
    Which provider carries which kind of resource; a kind that nobody claims goes to `unclaimed`.

    Attributes:
        keepers: Providers that keep folders of files, by name; they carry the kinds `path:` and their name.
        epoch: The directory's number when the rows behind this registry were read.
        made: Providers by the name, kind and settings that they were made from, so that a reload keeps those that did not change.
    """

    __slots__ = ("_by_kind", "epoch", "keepers", "made", "unclaimed")

    def __init__(
        self,
        by_kind: Mapping[str, Provider],
        unclaimed: Provider,
        *,
        keepers: Mapping[str, Keeper] | None = None,
        epoch: int = 0,
        made: Mapping[tuple[str, str, str], Provider] | None = None,
    ) -> None:
        self.keepers = dict(keepers or {})
        self._by_kind = {**by_kind, **{path_kind(name): keeper for name, keeper in self.keepers.items()}}
        self.unclaimed = unclaimed
        self.epoch = epoch
        self.made = dict(made or {})

    def of(self, kind: str) -> Provider:
        """The provider that carries resources of this kind."""
        return self._by_kind.get(kind, self.unclaimed)

    def keeps(self, kind: str) -> bool:
        """Whether resources of this kind are folders that a keeper keeps."""
        return kind.startswith(ELSEWHERE) and kind.removeprefix(ELSEWHERE) in self.keepers

    def kinds_of(self, names: Iterable[str]) -> list[str]:
        """The kinds that the providers of these names claim."""
        wanted = frozenset(names)
        return sorted(kind for kind, provider in self._by_kind.items() if provider.name in wanted)

    def delay_s(self, kinds: Iterable[str]) -> float | None:
        """
        Seconds to wait before an errand about these kinds: the longest that one of their providers asks for.

        None: all of these kinds are instant, nothing has to be carried out.
        """
        delays = [self.of(kind).delay_s for kind in kinds]
        return max((delay for delay in delays if delay is not None), default=None if delays else 0.0)

    def all(self) -> tuple[Provider, ...]:
        """Every provider once, whatever number of kinds it carries."""
        return tuple(
            {id(provider): provider for provider in (*self._by_kind.values(), self.unclaimed)}.values()
        )

    async def close(self) -> None:
        """Close every provider."""
        for provider in self.all():
            await provider.close()

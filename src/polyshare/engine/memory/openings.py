"""How often links were opened, kept in a process's memory until it is written to their rows."""


class Openings:
    """How often links were opened since the last flush, and when last; by the link's id."""

    __slots__ = ("_by_link",)

    def __init__(self) -> None:
        self._by_link: dict[int, tuple[int, int]] = {}

    def count(self, link: int, now: int) -> None:
        """Note an opening at *now*, in microseconds."""
        times, _ = self._by_link.get(link, (0, 0))
        self._by_link[link] = times + 1, now

    def take(self) -> dict[int, tuple[int, int]]:
        """What was counted, link by link as (times, last at); counting begins anew."""
        taken, self._by_link = self._by_link, {}
        return taken

    def put_back(self, taken: dict[int, tuple[int, int]]) -> None:
        """Count what could not be written again."""
        for link, (times, at) in taken.items():
            more, later = self._by_link.get(link, (0, 0))
            self._by_link[link] = times + more, max(at, later)

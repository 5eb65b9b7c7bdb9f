"""Memory that is given out by the byte: whoever needs more than is left waits its turn."""

import asyncio
from collections import deque


class Ration:
    """So many bytes for all who use them at one time; used by one event loop."""

    __slots__ = ("_left", "_waiting", "total")

    def __init__(self, total: int) -> None:
        self.total = total
        self._left = total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return sum(not turn.cancelled() for _, turn in self._waiting)

    async def take(self, size: int) -> None:
        """
        Wait until *size* bytes are left, behind all who came before; `give_back` what was taken.

        Raises:
            ValueError: There are not that many in all.
        """
        if size > self.total:
            raise ValueError(f"{size} bytes of {self.total} will never be left")
        if not self._waiting and size <= self._left:
            self._left -= size
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                self._let_in()  # who stood behind this one may fit
            else:  # its turn came at this very moment
                self.give_back(size)
            raise

    def give_back(self, size: int) -> None:
        """Leave bytes that were taken to others."""
        self._left += size
        self._let_in()

    def _let_in(self) -> None:
        while self._waiting:
            size, turn = self._waiting[0]
            if not turn.cancelled():
                if size > self._left:
                    return  # nobody overtakes, or a large one would wait for as long as small ones come
                self._left -= size
                turn.set_result(None)
            self._waiting.popleft()

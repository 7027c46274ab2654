"""What a link shares with the debug link that it is made of."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from swdflash.links.base import Costs, DebugLink, LinkInfo, Offers


class OverDebugLink:
    """The verbs that every link has, as the debug link under it has them."""

    def __init__(self, link: DebugLink) -> None:
        self._link = link

    @property
    def info(self) -> LinkInfo:
        """Of the debug link."""
        return self._link.info

    @property
    def offers(self) -> Offers:
        """Of the debug link."""
        return self._link.offers

    @property
    def costs(self) -> Costs:
        """Of the debug link."""
        return self._link.costs

    def now(self) -> float:
        """Seconds on the link's clock."""
        return self._link.now()

    def close(self) -> None:
        """Close the debug link."""
        self._link.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

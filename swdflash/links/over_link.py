"""What a link shares with the link that it is made of."""

from __future__ import annotations

from types import TracebackType
from typing import Generic, Self, TypeVar

from swdflash.links.base import Costs, Link, LinkInfo, Offers

LinkT = TypeVar("LinkT", bound=Link)


class OverLink(Generic[LinkT]):
    """The verbs that every link has, as the link under it has them."""

    def __init__(self, link: LinkT) -> None:
        self._link = link

    @property
    def info(self) -> LinkInfo:
        """Of the link under it."""
        return self._link.info

    @property
    def offers(self) -> Offers:
        """Of the link under it."""
        return self._link.offers

    @property
    def costs(self) -> Costs:
        """Of the link under it."""
        return self._link.costs

    def now(self) -> float:
        """Seconds on the link's clock."""
        return self._link.now()

    def close(self) -> None:
        """Close the link under it."""
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

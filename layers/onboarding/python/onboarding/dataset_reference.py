"""How other parts of a request name one of its datasets: as `bucket` or `bucket/prefix`."""

from typing import Annotated, Protocol

from pydantic import AfterValidator, Field


class Named(Protocol):
    """A dataset, as far as its name matters."""

    @property
    def bucket(self) -> str: ...
    @property
    def prefix(self) -> str | None: ...


def reference_to(dataset: Named) -> str:
    """The one form in which a dataset is named."""
    return f"{dataset.bucket}/{dataset.prefix}" if dataset.prefix else dataset.bucket


def _canonical(text: str) -> str:
    bucket, _, prefix = text.partition("/")
    return f"{bucket}/{prefix.rstrip('/')}/" if prefix.rstrip("/") else bucket


Reference = Annotated[str, Field(max_length=320), AfterValidator(_canonical)]
"""One of `datasets[]`, in that form."""

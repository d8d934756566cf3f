"""A Dask cluster as an executor: its workers share the folders of inputs and output with us."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from citiverse_tiling.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from concurrent.futures import Executor


@contextmanager
def cluster(address: str) -> Iterator[tuple[Executor, int]]:
    """An executor and how many tasks it does at a time. Raises WorkerError."""
    try:
        from distributed import Client
    except ImportError as error:
        raise WorkerError(
            "--scheduler needs Dask, which is not installed",
            remedy="pip install 'citiverse[cluster]'",
        ) from error
    try:
        client = Client(address, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise WorkerError(
            f"no Dask scheduler answers at {address}",
            remedy="give the address that `dask scheduler` prints, such as tcp://10.0.0.1:8786",
        ) from error
    try:
        threads = sum(client.nthreads().values())
        if not threads:
            raise WorkerError(
                f"the Dask scheduler at {address} has no workers",
                remedy="start some with `dask worker`",
            )
        yield client.get_executor(pure=False), threads
    finally:
        client.close()

"""A store that counts how often it is asked for what a request is admitted under."""

from keystead.domain.instances import Instance
from keystead.domain.restrictions import Perimeter
from keystead.storage.memory import MemoryStore


class CountingStore(MemoryStore):
    """The same records; it counts how often policies are read."""

    def __init__(self, over: MemoryStore) -> None:
        super().__init__()
        self.__dict__.update(over.__dict__)
        self.reads = 0

    async def perimeter(self, instance: Instance) -> Perimeter:
        self.reads += 1
        return await super().perimeter(instance)

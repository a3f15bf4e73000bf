"""Reading collections: the envelope of bodies with any number of resources.

Source: ``spec/kms-api.md`` sections 1.5 and 1.13.
"""

from typing import Any

from keystead.domain.errors import Refused
from keystead.domain.reasons import Reason
from keystead.protocols.rest.lenient import Fields, bad_body, read_object


def read_collection(content: bytes) -> list[Fields]:
    """Read a collection of any number of resources, none included.

    Raises:
        Refused: ``BAD_BODY``, or ``COLLECTION_TOTAL`` when it holds more or fewer than it says.
    """
    body = read_object(content)
    metadata, resources = body.part("metadata"), body["resources"]
    if metadata is None:
        raise bad_body("CollectionMetadata is empty")
    if resources is not None and not isinstance(resources, list):
        raise bad_body("json: resources must be a list")
    found: list[Any] = resources or []
    if metadata.whole("collectionTotal") not in (None, len(found)):
        raise Refused(Reason.COLLECTION_TOTAL, "Collection total does not match number of resources")
    if not all(isinstance(resource, dict) for resource in found):
        raise bad_body("json: a resource must be an object")
    return [Fields(resource) for resource in found]

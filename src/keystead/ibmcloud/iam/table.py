"""The commands of `iam`. Source: ``spec/cli.md`` 2.2."""

from typing import Final

from keystead.ibmcloud.words import Command, Option

_DESCRIPTION: Final = Option("description", "d", "TEXT", "what it is for")
_FILE: Final = Option("file", takes="FILE", says="new file for the key; it is not shown then")
_FORCE: Final = Option("force", "f", says="do not ask")

IAM: Final = (
    Command("iam oauth-tokens", "Print the access token.", "login:oauth_tokens"),
    Command("iam api-keys", "List your API keys.", "iam.keys:api_keys"),
    Command(
        "iam api-key-create", "Make an API key.", "iam.keys:create_api_key", ("NAME",), (_DESCRIPTION, _FILE)
    ),
    Command(
        "iam api-key-delete",
        "Delete one of your API keys.",
        "iam.keys:delete_api_key",
        ("NAME_OR_ID",),
        (_FORCE,),
    ),
    Command("iam service-ids", "List service ids.", "iam.keys:service_ids"),
    Command(
        "iam service-id",
        "Show a service id.",
        "iam.keys:service_id",
        ("NAME_OR_ID",),
        (Option("uuid", says="only its id"),),
    ),
    Command(
        "iam service-id-create",
        "Make a service id.",
        "iam.keys:create_service_id",
        ("NAME",),
        (_DESCRIPTION,),
    ),
    Command(
        "iam service-id-delete",
        "Delete a service id.",
        "iam.keys:delete_service_id",
        ("NAME_OR_ID",),
        (_FORCE,),
    ),
    Command(
        "iam service-api-keys",
        "List the API keys of a service id.",
        "iam.keys:service_api_keys",
        ("SERVICE_ID",),
    ),
    Command(
        "iam service-api-key-create",
        "Make an API key for a service id.",
        "iam.keys:create_service_api_key",
        ("NAME", "SERVICE_ID"),
        (_DESCRIPTION, _FILE),
    ),
)

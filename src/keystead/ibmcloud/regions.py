"""IBM's regions. Source: ``spec/iam-and-provisioning.md`` GC-3."""

from typing import Final

REGIONS: Final = {
    "us-south": "Dallas",
    "us-east": "Washington DC",
    "eu-gb": "London",
    "eu-de": "Frankfurt",
    "eu-es": "Madrid",
    "au-syd": "Sydney",
    "jp-tok": "Tokyo",
    "jp-osa": "Osaka",
    "ca-tor": "Toronto",
    "ca-mon": "Montreal",
    "br-sao": "Sao Paulo",
    "in-che": "Chennai",
    "in-mum": "Mumbai",
}

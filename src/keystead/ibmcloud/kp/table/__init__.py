"""The commands of `kp`. Source: ``spec/cli.md`` sections 3 and 4."""

from typing import Final

from keystead.ibmcloud.kp.table.keys import KEYS
from keystead.ibmcloud.kp.table.kmip import KMIP, UNITS
from keystead.ibmcloud.kp.table.life import LIFE
from keystead.ibmcloud.kp.table.policies import POLICIES
from keystead.ibmcloud.kp.table.rings import RINGS
from keystead.ibmcloud.kp.table.tokens import TOKENS

KP: Final = (*TOKENS, *KEYS, *LIFE, *POLICIES, *RINGS, *KMIP, *UNITS)

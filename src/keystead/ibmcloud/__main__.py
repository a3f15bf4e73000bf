"""``python -m keystead.ibmcloud`` is the ``ibmcloud`` command."""

from keystead.ibmcloud.main import run

run()

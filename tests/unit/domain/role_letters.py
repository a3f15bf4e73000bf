"""The letters that stand for roles in rows which tests have of the specification's tables."""

from keystead.domain.actions import Role

LETTERS = {
    "R": Role.READER,
    "RP": Role.READER_PLUS,
    "W": Role.WRITER,
    "M": Role.MANAGER,
    "K": Role.KMIP_ADAPTER_MANAGER,
    "P": Role.KEY_PURGE,
    "C": Role.CONFIG_READER,
    "KM": Role.KEY_MANAGER,
    "VMW": Role.VMWARE_KMIP_MANAGER,
    "CM": Role.CERTIFICATE_MANAGER,
    "V": Role.VIEWER,
    "O": Role.OPERATOR,
    "E": Role.EDITOR,
    "A": Role.ADMINISTRATOR,
}

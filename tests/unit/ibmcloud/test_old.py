"""Section 6 of cli.md: each older spelling is today's, and CLI-1 and CLI-2a."""

import pytest

from keystead.ibmcloud.old import modern


@pytest.mark.parametrize(
    ("old", "now"),
    [
        ("kp create n -s", "kp key create n -s"),
        ("kp list -c", "kp keys -c"),
        ("kp get K", "kp key show K"),
        ("kp wrap K", "kp key wrap K"),
        ("kp unwrap K C", "kp key unwrap K C"),
        ("kp rotate K", "kp key rotate K"),
        ("kp delete K", "kp key delete K"),
        ("kp restore K -k AA==", "kp key restore K -k AA=="),
        ("kp policies K", "kp key policies K"),
        ("kp policy get K", "kp key policies K"),
        ("kp policy set K --set-type rotation -p 3", "kp key policy-update rotation K -m 3"),
        ("kp policy set K --set-type=rotation --policy=3", "kp key policy-update rotation K -m 3"),
        ("kp key policy-update K -p 3 --set-type rotation", "kp key policy-update rotation K -m 3"),
        ("kp key policy-update rotation K -m 3", "kp key policy-update rotation K -m 3"),
        ("kp key policy-update dual-auth-delete K -e", "kp key policy-update dual-auth-delete K -e"),
        ("kp import-token get", "kp import-token show"),
        ("kp import-token encrypt-nonce -k K", "kp import-token nonce-encrypt -k K"),
        ("kp import-token encrypt-key -k K", "kp import-token key-encrypt -k K"),
        ("kp -i ID wrap K", "kp key wrap K -i ID"),
        ("kp --instance-id=ID keys", "kp keys -i ID"),
        ("key-protect keys", "kp keys"),
        ("-q kp keys", "kp keys -q"),
        ("login --apikey create", "login --apikey create"),
        ("kp key create list", "kp key create list"),
        ("kp", "kp"),
        ("", ""),
    ],
)
def test_older_spellings(old: str, now: str) -> None:
    assert " ".join(modern(old.split())) == now

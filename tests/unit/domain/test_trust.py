"""Whom a trusted profile trusts: conditions on claims, rules, links, and what is left of a bond."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from keystead.domain.ids import AccountId, IamId
from keystead.domain.trust import (
    OPERATORS,
    Assumer,
    Bond,
    Condition,
    Link,
    Operator,
    Rule,
    Trust,
    Trusted,
)

NOW = datetime(2031, 5, 4, tzinfo=UTC)
REALM, CLUSTER = "https://idp.example", "crn:v1:bluemix:public:containers-kubernetes:us-south:a/0a1b:c1::"
ADA = Assumer(
    iam_id=IamId("IBMid-1"),
    name="ada@example.com",
    display_name="Ada",
    kind="user",
    account=AccountId("a" * 32),
    until=9,
    claims={},
)
PERSON = replace(ADA, iam_id=IamId("oidc-x#ada"), kind="external", realm=REALM, claims={"group": "A"})
WORKLOAD = replace(PERSON, cluster=CLUSTER, claims={"namespace": "prod", "name": "vault", "crn": CLUSTER})
RULE = Rule(
    id="ClaimRule-1",
    kind="Profile-SAML",
    conditions=(Condition(claim="group", operator="EQUALS", value='"A"'),),
    expiration=120,
    created_at=NOW,
    realm=REALM,
)
CR_RULE = replace(
    RULE,
    kind="Profile-CR",
    realm=None,
    compute="IKS_SA",
    conditions=(Condition(claim="name", operator="EQUALS", value='"vault"'),),
)
LINK = Link(id="Link-1", compute="IKS_SA", cluster=CLUSTER, namespace="prod", account="vault", created_at=NOW)

# Operator, what it is compared with, and claims that meet it; all others of `VALUES` do not.
MEETS: tuple[tuple[Operator, object, list[object]], ...] = (
    ("EQUALS", "A", ["A"]),
    ("NOT_EQUALS", "A", ["a", "", "AA", "true"]),
    ("EQUALS_IGNORE_CASE", "A", ["A", "a"]),
    ("NOT_EQUALS_IGNORE_CASE", "A", ["", "AA", "true"]),
    ("CONTAINS", "A", ["A", ["A"], ["b", "A"]]),
    ("IN", ["A", "true"], ["A", "true"]),
    ("IN", [], []),
)
VALUES: list[object] = ["A", "a", "", "AA", "true", ["A"], ["b", "A"], ["AA"], [], True, 1, None, {"A": "A"}]


@pytest.mark.parametrize(("operator", "value", "met"), MEETS)
def test_a_condition(operator: Operator, value: object, met: list[object]) -> None:
    condition = Condition(claim="group", operator=operator, value=json.dumps(value))
    assert [it for it in VALUES if condition.meets({"group": it})] == [it for it in VALUES if it in met]
    assert not condition.meets({})
    assert not condition.meets({"groups": "A"})


def test_every_operator_is_above() -> None:
    assert {operator for operator, _, _ in MEETS} == set(OPERATORS)


def test_all_conditions_of_a_rule_must_be_met() -> None:
    both = replace(RULE, conditions=(*RULE.conditions, Condition(claim="b", operator="EQUALS", value='"1"')))
    assert not both.trusts(PERSON)
    assert both.trusts(replace(PERSON, claims={"group": "A", "b": "1"}))


@pytest.mark.parametrize(
    ("trust", "who", "bond"),
    [
        (Trust(), ADA, None),
        (Trust(identities=(Trusted(iam_id=ADA.iam_id, kind="user"),)), ADA, Bond("identity")),
        (Trust(identities=(Trusted(iam_id=PERSON.iam_id, kind="user"),)), PERSON, None),
        (Trust(identities=(Trusted(iam_id=ADA.iam_id, kind="user"),)), replace(ADA, kind="service"), None),
        (Trust(rules=(RULE,)), PERSON, Bond("ClaimRule-1.1", 120)),
        (Trust(rules=(RULE,)), replace(PERSON, realm="https://other.example"), None),
        (Trust(rules=(replace(RULE, realm=None),)), ADA, None),
        (Trust(rules=(RULE,)), replace(WORKLOAD, claims={"group": "A"}), None),
        (Trust(rules=(CR_RULE,)), WORKLOAD, Bond("ClaimRule-1.1", 120)),
        (Trust(rules=(replace(CR_RULE, realm=REALM),)), WORKLOAD, Bond("ClaimRule-1.1", 120)),
        (Trust(rules=(replace(CR_RULE, realm="https://other.example"),)), WORKLOAD, None),
        (Trust(rules=(CR_RULE,)), replace(PERSON, claims={"name": "vault"}), None),
        (Trust(links=(LINK,)), WORKLOAD, Bond("Link-1")),
        (Trust(links=(LINK,), rules=(CR_RULE,)), WORKLOAD, Bond("Link-1")),
        (Trust(links=(replace(LINK, account="other"),)), WORKLOAD, None),
        (Trust(links=(replace(LINK, namespace="other"),)), WORKLOAD, None),
        (Trust(links=(replace(LINK, cluster="other"),)), WORKLOAD, None),
        (Trust(links=(LINK,)), replace(WORKLOAD, cluster=None), None),
    ],
)
def test_a_bond(trust: Trust, who: Assumer, bond: Bond | None) -> None:
    assert trust.bond(who) == bond


def test_a_bond_is_worth_something_while_it_is_as_it_was() -> None:
    whole = Trust(identities=(Trusted(iam_id=ADA.iam_id, kind="user"),), rules=(RULE,), links=(LINK,))
    for bond in ("identity", "ClaimRule-1.1", "Link-1"):
        assert whole.still(bond, ADA.iam_id)
        assert not Trust().still(bond, ADA.iam_id)
    assert not whole.still("identity", PERSON.iam_id)
    for bond in ("ClaimRule-1.2", "ClaimRule-1", "", "part"):
        assert not whole.still(bond, ADA.iam_id)

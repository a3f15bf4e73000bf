"""Conditions on time as the second form of policies says them.

Source: ``spec/iam-and-provisioning.md`` section 3.6; IBM's page "IAM condition properties".
"""

from typing import Annotated, Any, Final

import msgspec

from keystead.domain.grant_rules import bad_policy
from keystead.domain.time_rules import KEYS, MOST_PARTS, PATTERNS, Combination, Key, Part, TimeCondition, When

_MOST_VALUES: Final = 7
_KEYS: Final[dict[str, Key]] = {f"{{{{environment.attributes.{it}}}}}": it for it in KEYS}

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Day = Annotated[int, msgspec.Meta(ge=1, le=7)]
Values = Annotated[tuple[Text | Day, ...], msgspec.Meta(min_length=1, max_length=_MOST_VALUES)]


class ConditionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One condition."""

    key: Text
    operator: Text
    value: Text | Day | Values

    def condition(self) -> TimeCondition:
        """Return it; `ValueError` where it is none."""
        key = _KEYS.get(self.key)
        if key is None:
            raise ValueError(f"the key of a condition is one of {', '.join(_KEYS)}")
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        return TimeCondition(key=key, operator=self.operator, values=tuple(map(_text, values)))


class PartBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One condition, or some put together: what is left out here would let more in than was meant."""

    operator: Text
    key: Text | None = None
    value: Text | Day | Values | None = None
    conditions: Annotated[tuple[ConditionBody, ...], msgspec.Meta(max_length=MOST_PARTS)] | None = None

    def part(self) -> Part:
        """Return it; `ValueError` where it is neither."""
        if self.conditions is not None:
            combination = _combination(self.operator, self.key, self.value)
            return Part(combination=combination, conditions=tuple(it.condition() for it in self.conditions))
        if self.key is None or self.value is None:
            raise ValueError("a condition has key, operator and value, or operator and conditions")
        one = ConditionBody(key=self.key, operator=self.operator, value=self.value)
        return Part(combination="", conditions=(one.condition(),))


class RuleBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole rule: one condition, or some put together."""

    operator: Text
    key: Text | None = None
    value: Text | Day | Values | None = None
    conditions: Annotated[tuple[PartBody, ...], msgspec.Meta(max_length=MOST_PARTS)] | None = None

    def _parts(self) -> tuple[Combination, tuple[Part, ...]]:
        if self.conditions is None:
            alone = PartBody(operator=self.operator, key=self.key, value=self.value)
            return "", (alone.part(),)
        combination = _combination(self.operator, self.key, self.value)
        return combination, tuple(it.part() for it in self.conditions)

    def when(self, pattern: str | None) -> When:
        """Return when a policy with this rule holds; `Refused` with ``POLICY_BODY``."""
        known = next((it for it in PATTERNS if it == pattern), None)
        if known is None:
            raise bad_policy(f"the pattern of a rule is one of {', '.join(PATTERNS)}")
        try:
            combination, parts = self._parts()
            return When(pattern=known, combination=combination, parts=parts)
        except ValueError as error:
            raise bad_policy(str(error)) from None


def shown_when(when: When) -> dict[str, Any]:
    """Return pattern and rule as they were sent; a day without offset is one of UTC."""
    parts = [_shown_part(it) for it in when.parts]
    rule = parts[0] if when.combination == "" else {"operator": when.combination, "conditions": parts}
    return {"pattern": when.pattern, "rule": rule}


def _shown_part(part: Part) -> dict[str, Any]:
    conditions = [_shown(it) for it in part.conditions]
    if part.combination == "":
        return conditions[0]
    return {"operator": part.combination, "conditions": conditions}


def _shown(it: TimeCondition) -> dict[str, Any]:
    value = list(it.values) if it.operator == "dayOfWeekAnyOf" else it.values[0]
    return {"key": f"{{{{environment.attributes.{it.key}}}}}", "operator": it.operator, "value": value}


def _text(value: str | int) -> str:
    return f"{value}+00:00" if isinstance(value, int) else value


def _combination(operator: str, *alone: object) -> Combination:
    if operator not in ("and", "or") or any(it is not None for it in alone):
        raise ValueError("conditions are put together by an operator, and or or, and nothing else")
    return "and" if operator == "and" else "or"

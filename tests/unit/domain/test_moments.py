from datetime import UTC, date, datetime

import pytest

from keystead.domain.moments import moment, month_of, spaced


@pytest.mark.parametrize("year", [1, 99, 999, 1000, 2020, 9999])
def test_a_year_has_four_digits(year: int) -> None:
    time = datetime(year, 5, 4, 9, 2, 7, 999_999, tzinfo=UTC)
    assert moment(time) == f"{year:04}-05-04T09:02:07Z"
    assert spaced(time) == f"{year:04}-05-04 09:02:07 +0000 UTC"
    assert month_of(date(year, 5, 4)) == f"{year:04}-05"
    assert datetime.fromisoformat(moment(time)) == time.replace(microsecond=0)

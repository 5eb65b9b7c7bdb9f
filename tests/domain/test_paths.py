"""Each place has one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyshare.domain import paths


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("/5123", "/5123"),
        ("/5123/", "/5123"),
        ("//5123//a///b/", "/5123/a/b"),
        ("/5123/./a/./b/.", "/5123/a/b"),
        ("/5123/a/../b", "/5123/b"),
        ("/5123/a/..", "/5123"),
        ("/5123/../7/a", "/7/a"),
        ("/05123/a", "/5123/a"),
        ("/5123/a b/ç/..x/x..", "/5123/a b/ç/..x/x.."),
        ("/5123/A/a", "/5123/A/a"),
        (f"/{2**63 - 1}", f"/{2**63 - 1}"),
    ],
)
def test_a_path_is_brought_into_normal_form(written, normal):
    assert paths.normal(written) == normal


@pytest.mark.parametrize(
    "written",
    [
        "",
        "/",
        "//",
        "5123/a",
        "a",
        "/..",
        "/5123/..",
        "/5123/../..",
        "/5123/../../5123/a",
        "/home/a",
        "/-1",
        "/+1",
        "/1.5",
        "/\uff11\uff12",
        "/²",
        f"/{2**63}",
        "/" + "9" * 400,
        " /5123",
        "/ 5123",
        "\\5123",
    ],
)
def test_a_path_that_leads_nowhere_has_no_normal_form(written):
    assert paths.normal(written) is None


@given(st.text("/.a1", max_size=20))
def test_a_normal_form_is_its_own(written):
    normal = paths.normal(written)

    assert normal is None or paths.normal(normal) == normal


@given(
    st.lists(
        st.text(st.characters(exclude_characters="/"), min_size=1).filter(
            lambda name: name not in (".", "..")
        )
    )
)
def test_a_path_is_a_drive_and_names(names):
    path = "/".join(("", "7", *names))

    assert paths.normal(path) == path
    assert paths.drive_and_names(path) == (7, tuple(names))
    assert paths.last_name(path) == (names[-1] if names else "7")

"""Changelog fragments are well named, and a release is made of them."""

import datetime

import pytest

from tools import changelog

DAY = datetime.date(2027, 1, 31)


@pytest.fixture
def folder(tmp_path):
    """A made-up changelog.d: call it with {name: text}."""

    def fill(files):
        made = tmp_path / "changelog.d"
        made.mkdir()
        for name, text in files.items():
            (made / name).write_text(text)
        return made

    return fill


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "CHANGELOG.md"
    path.write_text(f"# Changelog\n\n{changelog.MARK}\n\n## 0.0.9 (2026-12-01)\n\n### Added\n\n- Old.\n")
    return path


def test_our_own_fragments_are_well_named():
    assert changelog.FRAGMENTS.is_dir()
    changelog.fragments()


def test_our_own_changelog_can_take_a_release():
    assert changelog.CHANGELOG.read_text().count(changelog.MARK) == 1


@pytest.mark.parametrize(
    "name",
    [
        "tags.md",
        "tags.new.md",
        "Tags.added.md",
        "tags.added.txt",
        "tags_here.added.md",
        "-tags.added.md",
        "tags.added",
    ],
)
def test_a_fragment_with_another_name_is_refused(folder, name):
    with pytest.raises(changelog.BadFragment, match="the name must be <slug>"):
        changelog.fragments(folder({name: "Shares have tags."}))


@pytest.mark.parametrize("text", ["", " \n", "Shares have tags.\n\nAnd more."])
def test_a_fragment_that_is_not_one_paragraph_is_refused(folder, text):
    with pytest.raises(changelog.BadFragment, match="one paragraph"):
        changelog.fragments(folder({"tags.added.md": text}))


def test_a_section_groups_by_kind_and_joins_lines(folder):
    entries = changelog.fragments(
        folder(
            {
                "b.added.md": "Shares\nhave tags.\n",
                "a.fixed.md": "It works.",
                "c.added.md": "More.",
                "README.md": "?",
            }
        )
    )

    written = changelog.section("0.1.0", DAY, entries)

    assert written == (
        "## 0.1.0 (2027-01-31)\n\n### Added\n\n- Shares have tags.\n- More.\n\n### Fixed\n\n- It works.\n"
    )


def test_a_release_goes_on_top_and_uses_its_fragments_up(folder, log):
    made = folder({"tags.added.md": "Shares have tags."})

    changelog.release(log, "0.1.0", DAY, changelog.fragments(made))

    assert log.read_text() == (
        f"# Changelog\n\n{changelog.MARK}\n\n## 0.1.0 (2027-01-31)\n\n### Added\n\n- Shares have tags.\n"
        "\n## 0.0.9 (2026-12-01)\n\n### Added\n\n- Old.\n"
    )
    assert list(made.iterdir()) == []


def test_a_release_is_not_written_twice(folder, log):
    made = folder({"tags.added.md": "Shares have tags."})

    with pytest.raises(changelog.BadFragment, match=r"has 0\.0\.9 already"):
        changelog.release(log, "0.0.9", DAY, changelog.fragments(made))

    assert [path.name for path in made.iterdir()] == ["tags.added.md"]

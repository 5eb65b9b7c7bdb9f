"""Statements: one text, two spellings."""

import pytest

from polyshare.store.statements import composed, statement, text_for


def test_a_name_that_repeats_is_one_parameter():
    made = statement("any", "select :a, :b, :a")

    assert made.sqlite == "select ?1, ?2, ?1"
    assert made.postgres == "select $1, $2, $1"
    assert made.for_sqlite({"b": 2, "a": 1}) == (1, 2)


def test_a_list_is_one_parameter_on_both_engines():
    made = statement("any", "select 1 where a in :ids[] and b not in :names[]")

    assert made.sqlite == (
        "select 1 where a in (select value from json_each(?1)) and b not in (select value from json_each(?2))"
    )
    assert made.postgres == "select 1 where a = any($1) and b <> all($2)"
    assert made.for_sqlite({"ids": [1, 2**62], "names": ["é'"]}) == ("[1,4611686018427387904]", '["é\'"]')
    assert made.for_postgres({"ids": [1], "names": []}) == ([1], [])


def test_text_in_braces_is_kept_for_its_engine_with_its_parameters():
    made = statement("any", "select :a{postgres: ::bigint for update}{sqlite: , :b}")

    assert made.sqlite == "select ?1, ?2"
    assert made.postgres == "select $1::bigint for update"
    assert made.parameters == {"a", "b"}
    assert made.for_postgres({"a": 1, "b": 2}) == (1,)


def test_one_space_after_the_brace_separates_and_the_next_is_text():
    assert (
        text_for("postgres", 'name text{postgres:  collate "C"} not null') == 'name text collate "C" not null'
    )
    assert text_for("sqlite", 'name text{postgres:  collate "C"} not null') == "name text not null"


def test_quoted_text_comments_and_casts_are_left_alone():
    text = """select ':a {x} in :b[]', "odd:name", '{}'::text, 'it''s :c' -- don't :d
    from t"""

    made = statement("any", text)

    assert made.postgres == text
    assert made.parameters == frozenset()


@pytest.mark.parametrize(
    "text", ["select {mysql: 1}", "select {sqlite: {postgres: 1}}", "select }", "select {sqlite 1}"]
)
def test_a_brace_that_means_nothing_is_refused(text):
    with pytest.raises(ValueError, match=r"statement 'odd'.*brace"):
        statement("odd", text)


@pytest.mark.parametrize("text", ["select :a in :a[]", "select {sqlite: :a}{postgres: 1 = any(:a[])}"])
def test_a_name_is_a_list_or_a_single_value(text):
    with pytest.raises(ValueError, match="list and as a single value"):
        statement("odd", text)


def test_the_error_for_wrong_values_names_statement_and_parameter():
    made = statement("find thing", "select :a, :b")

    assert "'find thing' misses parameter 'b'" in str(made.misfit({"a": 1}))
    assert "'find thing' has no parameter 'c'" in str(made.misfit({"a": 1, "b": 2, "c": 3}))


def test_a_shape_of_filters_is_composed_once():
    template = "select id from thing where size > :size {filters} order by id"
    by_name, by_id = "name = :name or name is null", "id in :ids[]"

    made = composed("things", template, (by_name, by_id))

    assert made.sqlite == (
        "select id from thing where size > ?1  and (name = ?2 or name is null)"
        " and (id in (select value from json_each(?3))) order by id"
    )
    assert composed("things", template, (by_name, by_id)) is made
    assert composed("things", template).parameters == {"size"}


def test_a_template_without_a_place_for_filters_is_refused():
    with pytest.raises(ValueError, match="exactly once"):
        composed("things", "select 1", ("a = 1",))

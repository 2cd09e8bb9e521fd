"""Medians, ratios and tables of the benchmark's report."""

import json

import pytest

from benchmarks import report


def runs(*values, key="steady_s"):
    return [{key: value} for value in values]


class TestSpread:
    def test_median_least_and_most(self):
        assert report.spread([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}


class TestSummarize:
    def test_numbers_only(self):
        summary = report.summarize(
            [{"steady_s": 1.0, "version": "3"}, {"steady_s": 3.0, "version": "3"}]
        )
        assert summary == {"runs": 2, "steady_s": {"median": 2.0, "min": 1.0, "max": 3.0}}

    def test_failed_runs_do_not_count(self):
        assert report.summarize([*runs(1.0), {"error": "no"}])["runs"] == 1

    @pytest.mark.parametrize(
        "listed, error", [([{"error": "took over 1 s"}], "took over 1 s"), ([], "not run")]
    )
    def test_nothing_but_failures(self, listed, error):
        assert report.summarize(listed) == {"error": error}


class TestRatio:
    def test_is_taken_within_each_round(self):
        # The machine was ten times slower in the second round: the ratio does not change.
        found = report.ratio(runs(1.0, 10.0, 1.0), runs(2.0, 20.0, 4.0), "steady_s")
        assert found == {"median": 0.5, "min": 0.25, "max": 0.5}

    def test_leaves_out_rounds_that_one_of_them_lost(self):
        found = report.ratio([{"error": "no"}, *runs(1.0)], runs(5.0, 2.0), "steady_s")
        assert found == {"median": 0.5, "min": 0.5, "max": 0.5}

    def test_none_without_a_common_round(self):
        assert report.ratio([{"error": "no"}], runs(5.0), "steady_s") is None


class TestBestPeer:
    def test_lowest_median_and_only_peers(self):
        table = {
            "jax-loop": runs(0.1), "cornu": runs(0.2),
            "torch": runs(1.0, 9.0, 9.0), "keras-tf": runs(2.0, 2.0, 2.0),
            "keras-jax": [{"error": "no"}],
        }  # fmt: skip
        assert report.best_peer(table, "steady_s") == "keras-tf"

    def test_none_without_peers(self):
        assert report.best_peer({"cornu": runs(1.0)}, "steady_s") is None


class TestCompare:
    def test_ratios_to_the_best_peer_and_to_the_limit(self):
        found = report.compare({"cornu": runs(2.0), "torch": runs(8.0), "jax-loop": runs(1.0)})
        assert found["steady_s"]["best_peer"] == "torch"
        assert found["steady_s"]["to_best_peer"]["median"] == 0.25
        assert found["steady_s"]["to_limit"]["median"] == 2.0
        assert found["peak_mb"] == {"best_peer": None, "to_best_peer": None, "to_limit": None}


class TestText:
    @pytest.mark.parametrize(
        "seconds, text",
        [(12.34, "12.3 s"), (1.0, "1 s"), (0.5, "500 ms"), (0.0123, "12.3 ms"), (6.1e-6, "6.1 us")],
    )
    def test_duration(self, seconds, text):
        assert report.duration(seconds) == text

    def test_table_has_columns_of_equal_width(self):
        lines = report.table([["", "first"], ["cornu", "1 s"]]).splitlines()
        assert lines == ["       first", "-" * 12, "cornu  1 s"]

    def test_figures_say_who_failed_and_why(self):
        text = report.figures({"torch": runs(1.0), "keras-torch": [{"error": "took over 9 s"}]})
        assert "keras-torch: took over 9 s" in text
        assert "1 (1-1) s" in text

    def test_figures_when_all_failed(self):
        assert report.figures({"torch": [{"error": "no"}]}) == "torch: no"

    def test_figures_show_who_did_not_take_part_and_why(self):
        lines = report.figures(
            {"torch": runs(1.0), "sklearn": [{"left_out": "dense only"}]}
        ).splitlines()
        assert lines[3].split() == ["sklearn", "-"]
        assert lines[4] == "sklearn: dense only"

    def test_overview_has_a_line_for_each_workload(self):
        one = {"cornu": runs(2.0), "torch": runs(8.0), "jax-loop": runs(1.0)}
        lines = report.overview({"a": one, "b": {"cornu": runs(2.0)}}).splitlines()
        assert lines[2].split() == ["a", "-", "-", "0.25", "torch", "2", "-", "-", "-", "-"]
        assert lines[3].split() == ["b", *"--------"]

    def test_ratios_of_the_limit_when_cornu_is_not_there(self):
        text = report.ratios({"torch": runs(4.0), "jax-loop": runs(1.0)})
        assert "0.25 (0.25-0.25)" in text
        assert "cornu" not in text

    def test_document_is_json(self):
        found = report.document({"torch": [{"steady_s": 1.0, "version": "2"}], "jax-loop": runs(1.0)})
        assert json.loads(json.dumps(found))["versions"] == {"torch": "2", "jax-loop": ""}

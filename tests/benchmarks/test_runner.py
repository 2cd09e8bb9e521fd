"""Launching workers, reading their results, and taking turns."""

import json
import sys

import numpy as np
import pytest

from benchmarks import data, runner, worker
from benchmarks.contestants import CONTESTANTS, Contestant, environment
from benchmarks.workloads import BINARY, CLASSES, SQUARES, WORKLOADS, small

PROGRAM = "from benchmarks import worker; print('chatter'); worker.emit({'loss': 0.5})"


def contestant(name, cache=""):
    return Contestant(name, name, "none", "json", cache=cache)


class TestLaunch:
    def test_reads_the_result_line_among_others(self):
        result = runner.launch([sys.executable, "-c", PROGRAM], None, 60)
        assert result.pop("process_s") > 0
        assert result == {"loss": 0.5}

    def test_says_what_went_wrong(self):
        result = runner.launch([sys.executable, "-c", "raise SystemExit('data missing')"], None, 60)
        assert result == {"error": "data missing"}

    def test_gives_up_after_the_limit(self):
        result = runner.launch([sys.executable, "-c", "import time; time.sleep(60)"], None, 1)
        assert result == {"error": "took over 1 s"}


class TestParse:
    def test_takes_the_last_result(self):
        lines = [worker.MARK + json.dumps({"loss": value}) for value in (1, 2)]
        assert runner.parse("\n".join(lines), "", 3.0) == {"loss": 2, "process_s": 3.0}

    def test_silence(self):
        assert runner.parse("", "", 1.0) == {"error": "no result"}


class TestAlternate:
    def test_everyone_runs_once_a_round_and_the_first_changes(self):
        calls = []

        def once(one, number):
            calls.append((one.name, number))
            return {"steady_s": 1.0}

        runs = runner.alternate([contestant("a"), contestant("b")], 3, once, note=lambda text: None)
        assert calls == [("a", 0), ("b", 0), ("b", 1), ("a", 1), ("a", 2), ("b", 2)]
        assert {name: len(listed) for name, listed in runs.items()} == {"a": 3, "b": 3}

    def test_a_warm_cache_gets_an_untimed_run(self):
        calls = []

        def once(one, number):
            calls.append(one.name)
            return {"call": len(calls)}

        runs = runner.alternate(
            [contestant("a", "warm"), contestant("b")], 1, once, note=lambda text: None
        )
        assert calls == ["a", "a", "b"]
        assert runs == {"a": [{"call": 2}], "b": [{"call": 3}]}

    def test_who_fails_is_not_run_again(self):
        calls = []

        def once(one, number):
            calls.append(one.name)
            return {"error": "took over 9 s"} if one.name == "a" else {"steady_s": 1.0}

        runs = runner.alternate([contestant("a"), contestant("b")], 2, once, note=lambda text: None)
        assert calls.count("a") == 1
        assert runs["a"] == [{"error": "took over 9 s"}] * 2


class TestAvailable:
    def test_found_and_not_found(self):
        assert runner.available(contestant("a"))
        assert not runner.available(contestant("a")._replace(needs="no_such_module"))


class TestEnvironment:
    def test_cornu_gets_its_cache(self):
        assert environment(CONTESTANTS["cornu"], "here")["CORNU_CACHE_DIR"] == "here"

    def test_the_limit_gets_the_cache_of_jax(self):
        assert environment(CONTESTANTS["jax-loop"], "here")["JAX_COMPILATION_CACHE_DIR"] == "here"

    def test_peers_get_their_backend_and_no_settings_of_the_user(self, monkeypatch):
        monkeypatch.setenv("JAX_COMPILATION_CACHE_DIR", "there")
        env = environment(CONTESTANTS["keras-tf"], "here")
        assert env["KERAS_BACKEND"] == "tensorflow"
        assert "JAX_COMPILATION_CACHE_DIR" not in env


class TestWorker:
    def test_laps(self):
        found = worker.laps(1.0, [4.0, 5.0, 7.0, 8.0])
        assert found == {"first_s": 3.0, "steady_s": 1.0}

    def test_a_single_lap_is_first_and_steady(self):
        assert worker.laps(1.0, [4.0]) == {"first_s": 3.0, "steady_s": 3.0}

    def test_time_calls(self):
        calls = []
        assert worker.time_calls(lambda: calls.append(1), 5).keys() == {"first_s", "steady_s"}
        assert len(calls) == 5

    def test_peak_memory_is_that_of_a_process(self):
        assert 1 < worker.peak_mb() < 1e6


class TestTakePart:
    def test_who_cannot_is_named_with_the_reason(self):
        rows = [contestant("a"), contestant("b")._replace(needs="no_such_module")]
        rows.append(contestant("c")._replace(worker="sklearn_worker"))
        rows.append(contestant("d")._replace(spe=True))
        able, reasons = runner.take_part(rows, WORKLOADS["predict-cnn-1"])
        assert [one.name for one in able] == ["a"]
        assert reasons == {
            "b": "no_such_module not installed",
            "c": "scikit-learn has dense networks only",
            "d": "steps_per_execution is nothing to one batch",
        }

    def test_torch_compile_wants_a_compiler(self, monkeypatch):
        monkeypatch.setattr(runner.shutil, "which", lambda name: None)
        assert "C++ compiler" in runner.missing(contestant("a")._replace(compiler=True))


NAMES = pytest.mark.parametrize("work", WORKLOADS.values(), ids=list(WORKLOADS))


@NAMES
def test_workloads_hold_together(work):
    outputs = {BINARY: "sigmoid", CLASSES: "softmax", SQUARES: "linear"}
    assert not work.layers or work.layers[-1][1] == outputs[work.loss]
    assert work.epochs or work.calls
    if work.network in ("blocks", "resnet"):  # the limit pads the last batch
        assert work.rows % work.batch == 0


@NAMES
def test_made_up_rows_have_the_shape_of_the_workload(work):
    work = small(work)
    rows = data.load(work)
    assert len(rows.x) == len(rows.y) == (work.rows or 4)
    assert rows.x.shape[1:] == work.shape
    if "words" in work.sizes:
        assert rows.x.max() < work.sizes["words"]


def test_data_missing_is_said(monkeypatch, tmp_path):
    monkeypatch.setenv("CORNU_DATA", str(tmp_path))
    with pytest.raises(SystemExit, match="set CORNU_DATA"):
        data.load(WORKLOADS["resnet"])


def test_points_about_a_line_and_exclusive_or():
    rows = data.load(WORKLOADS["linear"])
    assert abs(rows.y - (2 * rows.x[:, 0] - 1)).max() < 0.5
    assert data.load(WORKLOADS["xor"]).y.tolist() == [0, 1, 1, 0]


class TestReviews:
    @pytest.fixture(autouse=True)
    def two_reviews(self, monkeypatch, tmp_path):
        reviews = np.empty(2, object)
        reviews[:] = [[5, 6], list(range(1, 100))]
        np.savez(tmp_path / "imdb.npz", x_train=reviews, y_train=np.array([0, 1]))
        monkeypatch.setenv("CORNU_DATA", str(tmp_path))

    def work(self, name):
        return WORKLOADS[name]._replace(inputs=(4,), rows=2, sizes={"words": 50})

    def test_the_last_words_are_kept_with_zeros_before(self):
        rows = data.load(self.work("lstm"))
        found = {tuple(map(int, x)): int(y) for x, y in zip(rows.x, rows.y, strict=True)}
        assert found == {(0, 0, 8, 9): 0, (2, 2, 2, 2): 1}  # 2: a word beyond the first 50

    def test_language_is_each_word_and_the_next(self):
        rows = data.load(self.work("gpt"))
        assert rows.x.shape == rows.y.shape == (2, 4)
        assert rows.x[:, 1:].tolist() == rows.y[:, :-1].tolist()
        assert rows.x[0, 0] == 1  # the start of a review

"""All contestants do the same work: as many weights, and losses that agree but for the seeds."""

import json
import math
from statistics import fmean, variance

import pytest

from benchmarks import runner
from benchmarks.contestants import CONTESTANTS, environment, interpreter
from benchmarks.networks import jax_networks, keras_like
from benchmarks.workloads import WORKLOADS, reason, searched, small
from tests.benchmarks import toy

ALL = [name for name in CONTESTANTS if name not in ("cornu-cold", "keras-jax-best", "keras-torch-jit")]


def agree(ours, theirs):
    """Whether means differ by no more than what seeds explain, and a hundredth."""
    error = math.sqrt(variance(ours) / len(ours) + variance(theirs) / len(theirs))
    return abs(fmean(ours) - fmean(theirs)) <= 5 * error + 0.01 * fmean(ours)


def test_agreement_sees_what_seeds_do_not_explain():
    assert agree([1.0, 1.1, 1.2], [1.1, 1.2, 1.3])
    assert not agree([1.0, 1.01, 1.02], [1.2, 1.21, 1.22])


@pytest.mark.parametrize("name", WORKLOADS)
def test_cornu_and_the_limit_have_as_many_weights(name):
    import jax

    import cornu

    work = small(WORKLOADS[name])
    weights, _ = jax_networks.NETWORKS[work.network].initial(work, 0)
    model = keras_like.NETWORKS[work.network](cornu, work)
    counts = [one.size for one in jax.tree.leaves(weights)]
    assert sum(counts) == sum(math.prod(one.shape) for one in model.trainable_weights)


def test_a_search_grows_wider_and_counts_each_model_once():
    works = searched(WORKLOADS["search"])
    assert len(works) == 30
    assert [work.layers[0][0] for work in works][:3] == [8, 10, 12]
    assert works[-1].layers == ((66, "relu"), (66, "relu"), (1, "sigmoid"))


@pytest.mark.parametrize(
    "name, words",
    [
        ("imdb", "has no RMSprop"), ("lstm", "dense networks only"), ("autoencoder", "not fractions"),
        ("generator", "takes arrays"), ("pima", ""), ("predict-32", ""),
    ],
)  # fmt: skip
def test_what_scikit_learn_cannot_do_is_said(name, words):
    found = reason("sklearn_worker", WORKLOADS[name])
    assert words in found
    assert bool(found) == bool(words)


def test_losses_agree_at_toy_size():
    names = ("banknotes", "mnist-cnn", "gru")
    ours, limit = (toy.results(name, names) for name in ("cornu", "jax-loop"))
    learned = toy.results("sklearn", names)
    for name in names:
        assert agree(ours[name]["losses"], limit[name]["losses"]), (name, ours[name], limit[name])
    assert list(learned) == ["banknotes"]
    assert learned["banknotes"]["weights"] == ours["banknotes"]["weights"]
    assert agree(ours["banknotes"]["losses"], learned["banknotes"]["losses"])


@pytest.fixture(scope="module")
def cornu_results(tmp_path_factory):
    return in_a_process("cornu", tmp_path_factory.mktemp("cache"))


def in_a_process(name, folder):
    one = CONTESTANTS[name]
    rows = toy.ROWS if one.jit is not True else toy.COMPILED
    command = [interpreter(one), "-m", "tests.benchmarks.toy", json.dumps([name, rows])]
    found = runner.launch(command, environment(one, str(folder)), 1500)
    assert "error" not in found, found
    return found


@pytest.mark.wide
@pytest.mark.timeout(3200)
@pytest.mark.parametrize("name", [name for name in ALL if name != "cornu"])
def test_all_that_are_installed_agree_with_cornu(name, cornu_results, tmp_path):
    if lacks := runner.missing(CONTESTANTS[name]):
        pytest.skip(f"{name}: {lacks}")
    found = in_a_process(name, tmp_path)
    found.pop("process_s")
    assert found
    for work, theirs in found.items():
        ours = cornu_results[work]
        assert theirs["weights"] == ours["weights"], work
        assert agree(ours["losses"], theirs["losses"]), (work, ours["losses"], theirs["losses"])

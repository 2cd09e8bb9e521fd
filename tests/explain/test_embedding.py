"""Vectors on a plane: scikit-learn's components, labels that do not overlap, and errors that teach."""

import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import PCA

import cornu
from cornu import explain, layers
from cornu.explain.seeing.labels import placed
from tests.explain.seen import IMAGE, by_hand, sequential, subclassed

RNG = np.random.default_rng(0)


def words(rows=6, name="words"):
    parts = [cornu.Input((3,), dtype="int32"), layers.Embedding(rows, 4, name=name), layers.Flatten()]
    return cornu.Sequential([*parts, layers.Dense(1, name="last")], name="reader")


@pytest.mark.parametrize("shape", [(40, 5), (5, 40), (7, 1)])
def test_principal_components_are_scikit_learns(shape):
    vectors = RNG.normal(size=shape) * np.linspace(3, 1, shape[1]) + 10
    seen = explain.embedding(vectors)
    count = min(2, *shape)
    sklearn = PCA(count).fit(vectors)
    expected = sklearn.transform(vectors)
    own = seen.points[:, :count]
    np.testing.assert_allclose(own * np.sign((own * expected).sum(0)), expected, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(seen.variance[:count], sklearn.explained_variance_ratio_, rtol=1e-5)
    assert f"{seen.variance[0]:.1%}" in str(seen)


def test_the_table_of_a_model_and_what_a_layer_makes_of_samples():
    model = words()
    table = model.get_layer("words").get_weights()[0]
    seen = explain.embedding(model, names=list("abcdef"))
    np.testing.assert_allclose(np.abs(seen.points), np.abs(explain.embedding(table).points), atol=1e-6)
    assert '6 vectors of 4 numbers, table of "words", on a plane' in str(seen)
    images = RNG.uniform(size=(5, *IMAGE.shape)).astype("float32")
    pooled = np.array([by_hand(image)[0].mean(axis=(0, 1)) for image in images])
    for model, layer in ((sequential(), None), (subclassed(), "pool")):
        seen = explain.embedding(model, layer, x=images, groups=[0, 0, 1, 1, 1])
        assert 'what "pool" makes of x' in str(seen)
        np.testing.assert_allclose(seen.points, explain.embedding(pooled).points, atol=1e-4)


def test_of_many_vectors_some_are_drawn_and_it_is_said(tmp_path):
    vectors = RNG.normal(size=(2500, 3))
    seen = explain.embedding(vectors, groups=np.arange(2500) % 3, seed=4)
    assert seen.points.shape == (2000, 2)
    assert str(seen).endswith("Of the 2,500 vectors 2,000 are shown, drawn by chance.")
    seen.save(tmp_path / "many.png", dpi=30)
    explain.embedding(vectors[:8], names=["$x", "y"] * 4).save(tmp_path / "few.svg")
    assert "<svg" in (tmp_path / "few.svg").read_text()


def test_labels_in_the_figure_do_not_overlap():
    names = [f"word number {n}" for n in range(30)]
    figure = explain.embedding(RNG.normal(size=(30, 4)), names=names).figure
    figure.canvas.draw()
    boxes = [text.get_window_extent() for text in figure.axes[0].texts]
    assert len(boxes) > 15
    for n, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[n + 1 :])


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 200), st.floats(0, 100)), min_size=1, max_size=20),
    st.floats(1, 80),
)
def test_no_label_covers_another_one_or_a_point(points, width):
    corners = placed(points, [(width, 10.0)] * len(points), (200, 100))
    boxes = [(x, y, x + width, y + 10) for x, y in filter(None, corners)]
    dots = [(x - 2.5, y - 2.5, x + 2.5, y + 2.5) for x, y in points]
    for n, (left, top, right, bottom) in enumerate(boxes):
        assert left >= 0 and top >= 0 and right <= 200 and bottom <= 100  # noqa: PT018
        for other in [*boxes[n + 1 :], *dots]:
            assert right <= other[0] or other[2] <= left or bottom <= other[1] or other[3] <= top


@pytest.mark.wide
def test_t_sne_keeps_clusters_together():
    vectors = np.concatenate([RNG.normal(size=(8, 5)), RNG.normal(size=(8, 5)) + 50])
    seen = explain.embedding(vectors, method="tsne")
    assert seen.variance is None
    assert "axes and larger distances mean nothing" in str(seen)
    middles = seen.points[:8].mean(axis=0), seen.points[8:].mean(axis=0)
    near = np.linalg.norm(seen.points[:8] - middles[0], axis=1)
    assert (near < np.linalg.norm(seen.points[:8] - middles[1], axis=1)).all()


def test_t_sne_needs_scikit_learn(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.manifold", None)
    with pytest.raises(
        ImportError, match=r"uses scikit-learn, which is not installed\. Install it: pip"
    ):
        explain.embedding(np.eye(4), method="tsne")


def test_what_is_wrong_is_said():
    with pytest.raises(ValueError, match=r"no method 'pac'\. Did you mean \"pca\""):
        explain.embedding(np.eye(3), method="pac")
    with pytest.raises(ValueError, match=r"a vector in each of at least 2 rows, or a model, got"):
        explain.embedding(np.ones(3))
    with pytest.raises(
        ValueError, match=r"names has 2 entries, but there are 3 vectors\. Give one for each"
    ):
        explain.embedding(np.eye(3), names=["a", "b"])
    with pytest.raises(ValueError, match="vectors holds NaN"):
        explain.embedding([[1.0, np.nan], [1.0, 2.0]])
    with pytest.raises(ValueError, match="x holds NaN"):
        explain.embedding(sequential(), x=np.full((2, 6, 5, 2), np.nan))
    with pytest.raises(ValueError, match=r'has no Embedding layer\. Give x, .*layer="pool", x=x'):
        explain.embedding(sequential())
    with pytest.raises(ValueError, match=r'no layer "wrods"\. Did you mean "words"'):
        explain.embedding(words(), "wrods")
    with pytest.raises(ValueError, match=r'no layer "poll"\. Did you mean "pool"'):
        explain.embedding(sequential(), "poll", x=IMAGE[None])
    with pytest.raises(ValueError, match="is not built"):
        explain.embedding(cornu.Sequential([layers.Embedding(3, 2)]))

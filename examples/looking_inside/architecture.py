"""A model with two inputs and a model within it, drawn by plot_model without a system package.

python examples/looking_inside/architecture.py
python examples/looking_inside/architecture.py --out model.svg
"""

import argparse

import cornu
from cornu import layers


def two_inputs():
    """Words and numbers about a text, and two things to say of it."""
    words = cornu.Input((20,), dtype="int32", name="words")
    facts = cornu.Input((4,), name="facts")
    tower = cornu.Sequential(
        [cornu.Input((4,)), layers.Dense(8, activation="relu"), layers.Dropout(0.2)], name="tower"
    )
    read = layers.LSTM(8, name="reader")(layers.Embedding(1000, 16, name="embedding")(words))
    both = layers.Concatenate(name="both")([read, tower(facts)])
    urgent = layers.Dense(1, activation="sigmoid", name="urgent")(both)
    topic = layers.Dense(5, activation="softmax", name="topic")(both)
    return cornu.Model([words, facts], [urgent, topic], name="letters")


def main():
    parser = argparse.ArgumentParser(description="The layers of a model as a picture.")
    parser.add_argument("--out", help="a file: .svg, .png, .pdf or .txt")
    options = parser.parse_args()
    picture = cornu.utils.plot_model(
        two_inputs(),
        to_file=options.out,
        show_shapes=True,
        show_layer_names=True,
        show_layer_activations=True,
        expand_nested=True,
    )
    print(picture)


if __name__ == "__main__":
    main()

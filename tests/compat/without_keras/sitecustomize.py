"""Makes this process one where neither Keras nor TensorFlow is installed, though they may be."""

import sys

BLOCKED = ("keras", "tf_keras", "tensorflow", "torch")


class Blocker:
    """Refuses the blocked packages, ahead of all that could find them."""

    def find_spec(self, fullname, path=None, target=None):
        if fullname.split(".")[0] in BLOCKED:
            raise ModuleNotFoundError(f"{fullname} is blocked in this process", name=fullname)


sys.meta_path.insert(0, Blocker())

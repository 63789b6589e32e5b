"""Starting onnxruntime: sessions from bytes and files, and errors a person can act on."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from recognition.errors import ModelError
from recognition.onnx_runtime import make_session


@pytest.fixture(scope="module")
def doubling() -> bytes:
    """A network that doubles its input, float32 (n,)."""
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "doubling",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n"])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n"])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def test_runs_bytes_and_files(doubling: bytes, tmp_path: Path) -> None:
    path = tmp_path / "doubling.onnx"
    path.write_bytes(doubling)
    for model in (doubling, path):
        (result,) = make_session(model, threads=1).run(None, {"x": np.array([1, 2], np.float32)})
        assert result.tolist() == [2, 4]


def test_threads_spin_only_while_a_network_runs(doubling: bytes) -> None:
    options = make_session(doubling, threads=2).get_session_options()
    assert options.get_session_config_entry("session.force_spinning_stop") == "1"
    assert options.get_session_config_entry("session.inter_op.allow_spinning") == "0"
    assert options.intra_op_num_threads == 2


@pytest.mark.parametrize("wrong", [b"", b"no network at all"])
def test_what_is_no_model_is_said(wrong: bytes) -> None:
    with pytest.raises(ModelError, match="cannot run the model") as caught:
        make_session(wrong)
    assert caught.value.code == "model.invalid"


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"face\.onnx") as caught:
        make_session(tmp_path / "face.onnx")
    assert caught.value.code == "model.missing"


@pytest.mark.parametrize("module", ["onnx", "onnxruntime"])
def test_without_the_packages_it_says_how_to_install_them(
    module: str, doubling: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ModelError, match="make fast") as caught:
        make_session(doubling)
    assert caught.value.code == "model.no_onnxruntime"

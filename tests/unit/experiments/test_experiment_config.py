"""The shipped configurations load, say what they should, and wrong ones are refused."""

from pathlib import Path
from typing import get_args

import pytest

from cinefacs.detectors.networks.config import find_network
from cinefacs.errors import ConfigError
from cinefacs.experiments.config import (
    ExperimentName,
    Scale,
    TableConfig,
    load_experiment,
    shipped_path,
)
from cinefacs.experiments.trial_sets import list_trials
from cinefacs.metrics.paired import compare_paired
from tests.support.experiments import write_config

SIX = {"yolov8", "yolov8-smart", "yolov5", "yolov3", "faster-rcnn-vgg16", "ssd300-vgg16"}


def family(name: str) -> str:
    config = find_network(name)
    base = "yolov8-smart" if "smart" in config.name else config.family
    return base.removesuffix("-tiny")


@pytest.mark.parametrize("scale", get_args(Scale))
@pytest.mark.parametrize("name", get_args(ExperimentName))
def test_every_shipped_configuration_loads(name: str, scale: str) -> None:
    config = load_experiment(name, scale)
    assert config.repeats <= config.data.folds
    assert list_trials(config.trials)
    assert (name == "robustness") == bool(config.trials.conditions)
    assert (name in {"robustness", "confusion"}) == bool(config.trials.n_people)
    assert config.train.mode == ("frame" if scale == "paper" else "crop")


@pytest.mark.parametrize("scale", get_args(Scale))
def test_all_six_detectors_are_compared_and_smart_comes_first(scale: str) -> None:
    tables = load_experiment("compare", scale).tables
    families = {name: {family(each) for each in table.networks} for name, table in tables.items()}
    assert SIX in families.values()
    assert all(family(table.networks[0]) == "yolov8-smart" for table in tables.values())


@pytest.mark.parametrize("scale", ["bench", "paper"])
def test_a_hard_set_can_be_told_from_the_plain_one(scale: str) -> None:
    """The smallest p there is, by Holm over all comparisons of the table, lies below .05."""
    config = load_experiment("robustness", scale)
    n_people, n_sets = config.trials.n_people, len(list_trials(config.trials))
    people = [str(k) for k in range(n_people)]
    clear = compare_paired([1] * n_people, [0] * n_people, people, seed=0, n_resamples=50)
    assert clear is not None
    for table in config.tables.values():
        n_networks = len(table.networks)
        with_plain, with_first = n_networks * (n_sets - 1), (n_networks - 1) * (n_sets + 1)
        assert clear.p_value * max(with_plain, with_first) < 0.05


def test_the_ablation_is_the_whole_grid() -> None:
    networks = load_experiment("ablate", "bench").tables["grid"].networks
    found = {
        (c.vovgscsp != "none", c.attention == "mca", c.box_loss == "mpdiou")
        for c in map(find_network, networks)
    }
    assert len(found) == len(networks) == 8


def test_attention_has_a_network_without_any() -> None:
    for scale in get_args(Scale):
        networks = load_experiment("attention", scale).tables["a"].networks
        kinds = [find_network(name).attention for name in networks]
        assert kinds == ["none", "mca", "se", "cbam", "eca"]


def test_an_unknown_key_inside_a_table_is_named(tmp_path: Path) -> None:
    path = write_config(tmp_path / "c.yaml")
    path.write_text(path.read_text().replace("n_samples", "n_sample"), encoding="utf-8")
    with pytest.raises(ConfigError, match="n_sample") as caught:
        load_experiment("compare", "smoke", path)
    assert "n_samples" in caught.value.hint


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("tables:\n  a:", "tables:\n  b: 3\n  a:", "expected keys with values"),
        ("yolov8n*0.25", "yolov9n*0.25", "expected a known name"),
        ("n_samples: 40", "n_samples: 0", "at least one sample"),
        ("repeats: 2", "repeats: 0", "repeats"),
        ("repeats: 2", "repeats: 2\nprotocols: [grouped, grouped]", "protocols"),
        ("  a: {networks: [yolov8n-smart*0.25, yolov8n*0.25], n_samples: 40}", "  {}", "tables"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(old: str, new: str, said: str, tmp_path: Path) -> None:
    path = write_config(tmp_path / "c.yaml")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=said):
        load_experiment("compare", "smoke", path)


def test_a_network_stands_once_in_a_table() -> None:
    with pytest.raises(ConfigError, match="each network once"):
        TableConfig(networks=("yolov8n", "yolov8n"))


def test_unknown_experiments_and_scales_are_named() -> None:
    with pytest.raises(ConfigError, match="experiment"):
        shipped_path("comparee", "smoke")
    with pytest.raises(ConfigError, match="scale"):
        shipped_path("compare", "huge")

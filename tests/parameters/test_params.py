"""Every number says where it comes from, alike in the code, the configuration and the documents."""

import re
from dataclasses import fields, replace
from pathlib import Path

import jax.numpy as jnp
import numpy as np
import pytest
from conftest import load_script, of_parameters

from contagion._util.resources import folder
from contagion.errors import InputError
from contagion.kernel.params import Params
from contagion.parameters.constraints import branching_ratio, check_start
from contagion.parameters.posterior import read_posterior
from contagion.parameters.presets import load_params
from contagion.parameters.priors import draw
from contagion.parameters.provenance import describe

DECLARED = {field.name: field.metadata for field in fields(Params)}
STATUS = ("published", "calibrated", "assumed")


def comments(group: str, option: str) -> dict[str, str]:
    """The comment of each key of a file, with the lines that continue it."""
    text = (folder("conf") / group / f"{option}.yaml").read_text(encoding="utf-8")
    found = re.findall(r"^(\w+):[^#\n]*(?:# *(.*(?:\n +#.*)*))?$", text, re.M)
    return {name: re.sub(r"\n +#", "", comment) for name, comment in found if name != "defaults"}


@pytest.mark.parametrize("name", DECLARED)
def test_comment_and_declaration_agree(name):
    comment, declared = comments("params", "default")[name], DECLARED[name]
    assert [word for word in STATUS if re.search(rf"\b{word}\b", comment)] == [declared["status"]]
    assert declared["unit"]
    assert declared["low"] < declared["high"]
    if declared["source"]:
        author, year = re.match(r"(\w[\w-]*).* (\d{4})$", declared["source"]).groups()
        assert author in comment
        assert year in comment
    else:
        assert declared["status"] == "assumed"
        assert not re.search(r"\b(19|20)\d\d\b", re.sub(r"\d{4}-\d\d", "", comment))  # no citation left undeclared


def test_what_nobody_measured_is_sampled_and_what_is_published_is_not():
    """Switches are choices, not numbers of the world. A published number that is drawn says so beside its prior."""
    reasons = comments("priors", "broad")
    numbers = {name: number for name, number in DECLARED.items() if number["unit"] != "switch"}
    assumed = {name for name, number in numbers.items() if number["status"] == "assumed"}
    documented = {name for name, reason in reasons.items() if "published" in reason}
    assert set(reasons) == assumed | documented
    assert {DECLARED[name]["status"] for name in documented} <= {"published"}


def test_every_default_lies_inside_its_prior():
    priors, params = of_parameters("broad"), load_params()
    many = draw(priors, params, 20_000, 0)
    for name in priors:
        values = np.asarray(getattr(many, name))
        assert np.quantile(values, 0.001) <= getattr(params, name) <= np.quantile(values, 0.999), name


def test_defaults_lie_in_the_middle_of_the_calibrated_draws():
    calibrated, params = load_params("calibrated", replicates=512), load_params()
    for name in (name for name, value in vars(calibrated).items() if value.ndim):
        low, high = np.quantile(getattr(calibrated, name), (0.25, 0.75))
        assert low <= getattr(params, name) <= high, name


def test_no_feedback_lies_within_the_prior():
    """Of either kind: the record is better explained without, beside a latent level of places."""
    priors = of_parameters("broad")
    assert priors["retaliation"]["uniform"][0] == priors["spillover"]["uniform"][0] == 0


def test_lines_of_the_configuration_are_short():
    for path in folder("conf").rglob("*.yaml"):
        assert all(len(line) <= 120 for line in path.read_text(encoding="utf-8").splitlines()), path


def test_table_of_parameters_is_current():
    parameters = load_script("docs/parameters.py")
    assert all(meaning for _, meaning in parameters.comments().values())
    current = parameters.table() == Path(parameters.__file__).with_suffix(".md").read_text(encoding="utf-8")
    assert current, "run python docs/parameters.py"


def test_branching_ratio_counts_the_channel():
    assert branching_ratio(load_params(retaliation=0.25, spillover=0.5)) == pytest.approx(0.75)
    assert branching_ratio(load_params(retaliation=0.25, spillover=0.5, contagion_channel=0)) == 0
    assert branching_ratio(load_params(retaliation=0.9, spillover=0.5, contagion_channel=0)) == 0  # nothing grows


def test_a_law_that_kills_everybody_is_refused(region):
    check_start(load_params(), region)
    with pytest.raises(InputError, match=r"a group would lose .* times its members in the first week"):
        check_start(load_params(conflict=0.01), region)
    with pytest.raises(InputError, match="a group would lose"):
        check_start(replace(load_params(), saturation=jnp.array([0.0, 0.1])), region)


def test_numbers_are_described(tmp_path):
    params = load_params()
    numbers = len([number for number in DECLARED.values() if number["unit"] != "switch"])
    published = len([number for number in DECLARED.values() if number["status"] == "published"])
    fixed = describe(params, params)
    assert fixed[0] == "Parameters: fixed."
    status = f"{published} published, 0 calibrated, {numbers - published} assumed"
    assert fixed[1] == f"Branching ratio 0.40; of the numbers, {status}."
    changed = load_params(impunity=0.5)
    assert f"{published - 1} published" in describe(changed, changed)[1]

    path = tmp_path / "fitted.csv"
    path.write_text("retaliation,spillover\n0.2,0.1\n0.3,0.2\n")
    fitted = load_params(replicates=2, posterior=str(path))
    drawn = draw(of_parameters("broad"), fitted, 2, 0)
    how, ratio = describe(fitted, drawn, read_posterior(str(path), fitted))
    priors = len(of_parameters("broad")) - 2
    assert re.match(
        rf"Parameters: 2 drawn jointly from the posterior {re.escape(str(path))} \(2 rows, sha256 \w+\), "
        rf"{priors} drawn from priors, the others fixed\.$",
        how,
    )
    assert ratio.startswith("Branching ratio 0.30 to 0.50; of the numbers, ")
    assert "2 calibrated" in ratio

# Named functions of the rules: each asks the package, and holds no logic of its own.

import re
from pathlib import Path

from snakemake.exceptions import WorkflowError

from epiladder.audit import closing, digests, lock, studies
from epiladder.errors import EpiladderError

HOME = Path(workflow.current_basedir).parents[1]

if not config.get("studies"):

    configfile: studies.settings_file(HOME)


try:
    STUDIES = studies.studies_of(config, HOME)
except EpiladderError as error:
    raise WorkflowError(str(error)) from None

RUNGS = sorted({rung for study in STUDIES.values() for rung in study.rungs})
RESULTS, REPORTS = (Path(workflow.pathvars.apply(name)) for name in ("<results>", "<reports>"))
IMAGE = config.get("container", "epiladder.sif")

studies.put_on_path()


def study_file(wildcards):
    return str(STUDIES[wildcards.study].file)


def data_files(wildcards):
    return [str(path) for path in STUDIES[wildcards.study].data]


def memory(wildcards, attempt):
    return STUDIES[wildcards.study].memory(attempt)


def plan_for(rule):
    def plan(wildcards):
        path = f"<results>/{wildcards.study}/plan.json"
        same = digests.reads_the_same(rule, STUDIES[wildcards.study].plan, RESULTS / wildcards.study)
        return ancient(path) if same else path

    return plan


def plan_part(rule):
    def digest(wildcards):
        return digests.plan_part(rule, STUDIES[wildcards.study].plan)

    return digest


def fits(wildcards):
    return [f"<results>/{wildcards.study}/fits/{rung}.json" for rung in STUDIES[wildcards.study].rungs]


def modes(wildcards):
    return [f"<results>/{wildcards.study}/fits/{rung}.modes.parquet" for rung in STUDIES[wildcards.study].rungs]


def one_of(names):
    return "|".join(re.escape(name) for name in names)


def where_reports_lie():
    return closing.where_reports_lie(STUDIES, REPORTS)


def what_went_wrong():
    return closing.what_went_wrong(STUDIES, RESULTS)


def hold_the_folder():
    try:
        lock.hold(Path())
    except EpiladderError as error:
        raise WorkflowError(str(error)) from None


def outputs(rules):
    return [str(name) for rule in digests.BASES if rule != "fit" for name in getattr(rules, rule).output]


def fits_and_modes():
    kinds = (".json", ".modes.parquet")
    return [
        f"{RESULTS}/{study.id}/fits/{rung}{kind}"
        for study in STUDIES.values()
        for rung in study.rungs
        for kind in kinds
    ]

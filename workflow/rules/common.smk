# Named functions of the rules: each asks the package, and holds no logic of its own.

import re
from pathlib import Path

from snakemake.exceptions import WorkflowError

from epiladder.audit import closing, digests, lock, place, studies
from epiladder.audit.baseline import files_of
from epiladder.errors import EpiladderError
from epiladder.report import printer
from epiladder.study import addresses

HOME = Path(workflow.current_basedir).parents[1]

if not (config.get("studies") or config.get("expand")):

    configfile: studies.settings_file(HOME)


RESULTS, REPORTS = (Path(workflow.pathvars.apply(name)) for name in ("<results>", "<reports>"))

try:
    STUDIES = studies.studies_of(config, HOME, RESULTS)
    place.refuse_no_folders(RESULTS, REPORTS, STUDIES)
    printer.refuse_absent(name for name, study in STUDIES.items() if study.plan.report.pdf)
except EpiladderError as error:
    raise WorkflowError(str(error)) from None

# What lies at addresses, by the name of its copy; studies of one table share one.
COPIES = {copy.name: copy for study in STUDIES.values() for copy in addresses.copies_of(study.plan.data)}
COMPLETE = [name for name, study in STUDIES.items() if not study.imputations]
IMPUTED = [name for name in STUDIES if name not in COMPLETE]
RUNGS = sorted({rung for study in STUDIES.values() for rung in study.rungs})
KINDS = (".json", ".modes.parquet")
DESIGN = ("design.json", "columns.parquet", "crossproducts.parquet")
IMAGE = config.get("container", "epiladder.sif")

studies.put_on_path()


def study_file(wildcards):
    return str(STUDIES[wildcards.study].file)


def data_files(wildcards):
    study = STUDIES[wildcards.study]
    brought = (f"<results>/kept_inputs/{copy.name}" for copy in addresses.copies_of(study.plan.data))
    return [*map(str, study.data), *brought]


def memory(wildcards, attempt):
    return STUDIES[wildcards.study].memory(attempt)


def minutes(wildcards, attempt):
    return STUDIES[wildcards.study].minutes(attempt)


def lock_file(wildcards):
    return [str(path) for path in STUDIES[wildcards.study].lock]


def blind_flag(wildcards):
    return "--blind" if STUDIES[wildcards.study].plan.blind.on else ""


def baseline(wildcards):
    return STUDIES[wildcards.study].baseline(RESULTS)


def baseline_files(wildcards):
    return [str(path) for path in files_of(baseline(wildcards))]


def baseline_flag(wildcards):
    return ["--baseline", str(baseline(wildcards))] if baseline(wildcards) else []


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


def of_each_data_set(*names):
    """The same files of every imputed data set of a study; none where nothing is imputed."""

    def files(wildcards):
        numbers = STUDIES[wildcards.study].imputations
        return [f"<results>/{wildcards.study}/imputed/{number}/{name}" for number in numbers for name in names]

    return files


def fits_of_each_data_set(wildcards):
    study = STUDIES[wildcards.study]
    return [f"<results>/{study.id}/fits/{rung}/{number}.json" for rung in study.rungs for number in study.imputations]


def imputation_record(wildcards):
    return [f"<results>/{wildcards.study}/imputation.json"] if wildcards.study in IMPUTED else []


def results_folder(wildcards):
    return str(RESULTS / wildcards.study)


def printed(wildcards):
    """The PDF of a study that asks for one."""
    return [f"<reports>/{wildcards.study}/report.pdf"] if STUDIES[wildcards.study].plan.report.pdf else []


def read_by_the_report(wildcards):
    """What the page is made from: the inputs of `report`, but for the PDF that its record vouches for."""
    read = [one for name, one in rules.report.input.items() if name != "pdf"]
    found = [one(wildcards) if callable(one) else [str(one).replace("{study}", wildcards.study)] for one in read]
    return [path for paths in found for path in paths]


def chunks_of_replicates(wildcards):
    return [f"<results>/{wildcards.study}/bootstrap/{chunk}.parquet" for chunk in STUDIES[wildcards.study].chunks]


def number_of_chunks(wildcards):
    return len(STUDIES[wildcards.study].chunks)


def one_of(names):
    return "|".join(re.escape(name) for name in names) or "(?!)"


def where_reports_lie():
    return closing.where_reports_lie(STUDIES, REPORTS, RESULTS)


def what_went_wrong():
    return closing.what_went_wrong(STUDIES, RESULTS)


def hold_the_folder():
    try:
        lock.hold(Path())
        place.refuse_unwritable(RESULTS, REPORTS, STUDIES)
    except EpiladderError as error:
        raise WorkflowError(str(error)) from None


MANY = ("fit", "impute", "gather", "fit_imputed", "pool", "resample", "pdf")


def outputs(rules):
    """What every study has, one file each; those of many rungs or data sets are asked for elsewhere."""
    of_one_study = [rule for rule in digests.BASES if rule not in MANY]
    return [str(name) for rule in of_one_study for name in getattr(rules, rule).output]


def imputed():
    """Every file of the imputed data sets, and the record of their making."""
    names = ("rows.parquet", "chain.json", *(f"design/{name}" for name in DESIGN))
    found = []
    for name in IMPUTED:
        study = STUDIES[name]
        found += [f"{RESULTS}/{name}/imputed/{number}/{file}" for number in study.imputations for file in names]
        found += [
            f"{RESULTS}/{name}/fits/{rung}/{number}{kind}"
            for rung in study.rungs
            for number in study.imputations
            for kind in KINDS
        ]
        found.append(f"{RESULTS}/{name}/imputation.json")
    return found


def resampled():
    """Every chunk of replicates."""
    return [f"{RESULTS}/{study.id}/bootstrap/{chunk}.parquet" for study in STUDIES.values() for chunk in study.chunks]


def pdfs():
    """The PDF of every study that asks for one."""
    return [f"{REPORTS}/{name}/report.pdf" for name, study in STUDIES.items() if study.plan.report.pdf]


def fits_and_modes():
    return [
        f"{RESULTS}/{study.id}/fits/{rung}{kind}"
        for study in STUDIES.values()
        for rung in study.rungs
        for kind in KINDS
    ]


def at_its_address(wildcards):
    return storage(COPIES[wildcards.kept].address)

"""The steps of a study: one use case a rule of the workflow, each from files to files.

Paths are those of the contract, under a study's results folder. What is heavy is imported inside the step that needs
it. A verb of the command line is the name of a step.
"""

from epiladder.steps.audits import changes, crate, lock, release, verify
from epiladder.steps.diagnosis import diagnose
from epiladder.steps.fetched import fetch
from epiladder.steps.imputed import fit_imputed, gather, impute, pool
from epiladder.steps.inference import infer, standard_practice
from epiladder.steps.influence import influence
from epiladder.steps.likelihood import likelihood
from epiladder.steps.measures import measure
from epiladder.steps.models import approximate, design, fit
from epiladder.steps.pages import index, pdf, report
from epiladder.steps.progress import progress
from epiladder.steps.record import document, manifest, provenance
from epiladder.steps.resampled import bootstrap, resample
from epiladder.steps.resolved import read_plan
from epiladder.steps.study import check, draft, findings_text, gate, plan, validate

__all__ = [
    "approximate",
    "bootstrap",
    "changes",
    "check",
    "crate",
    "design",
    "diagnose",
    "document",
    "draft",
    "fetch",
    "findings_text",
    "fit",
    "fit_imputed",
    "gate",
    "gather",
    "impute",
    "index",
    "infer",
    "influence",
    "likelihood",
    "lock",
    "manifest",
    "measure",
    "pdf",
    "plan",
    "pool",
    "progress",
    "provenance",
    "read_plan",
    "release",
    "report",
    "resample",
    "standard_practice",
    "validate",
    "verify",
]

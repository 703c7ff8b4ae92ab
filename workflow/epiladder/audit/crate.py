"""A finished run as a Workflow Run RO-Crate (profile Provenance Run Crate 0.5): a zip that can be archived and cited.

It holds the released report and the workflow. What is restricted is described by name, size and SHA-256, and is not in
it; nor are hosts, nor folders of whoever ran it. Each command of the run is an action with its start and end, what it
read and what it wrote (Leo S et al. PLoS One 2024;19:e0309210).
"""

from __future__ import annotations

import io
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from epiladder import __version__
from epiladder.audit.digests import PACKAGE
from epiladder.audit.verify import Kept, verify
from epiladder.errors import DiskError, PlanError, VerifyDifference
from epiladder.files import write_bytes
from epiladder.study.addresses import KEPT, is_address, name_at

ENDING = ".crate.zip"
PROFILES = "https://w3id.org/ro/wfrun"
WORKFLOW = "https://w3id.org/workflowhub/workflow-ro-crate/1.0"
BIOSCHEMAS = "https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE"
TERMS = "https://w3id.org/ro/terms/workflow-run"
SNAKEMAKE = "https://snakemake.github.io"
KINDS = {".html": "text/html", ".md": "text/markdown", ".csv": "text/csv", ".svg": "image/svg+xml"}
KINDS |= {
    ".pdf": "application/pdf",
    ".json": "application/json",
    ".parquet": "application/vnd.apache.parquet",
    ".yaml": "application/yaml",
}
STATUS = {True: "http://schema.org/CompletedActionStatus", False: "http://schema.org/FailedActionStatus"}
UNITS = {"processor_seconds": "https://qudt.org/vocab/unit/SEC", "memory_mb": "https://qudt.org/vocab/unit/MegaBYTE"}
NO_LICENCE = "Not stated in the study file"
READ_ME = """\
# {title}
{about}

`report.html` and `report.md` are the report of the study `{study}`, `tables` and `figures` what they show, and
`workflow/Snakefile` is what made them. `ro-crate-metadata.json` says for each command of the run what it read, what it
wrote, and when. What is restricted is described there, and is not part of this archive.
"""


def pack(kept: Kept, described: Mapping[str, str]) -> Path:
    """Write `reports/<study>.crate.zip` beside the report, once it is verified; returns its path.

    described: each verb of the command line in a sentence. Raises VerifyDifference where the run is no longer what its
    manifest says, PlanError where the library that writes crates is not there, DiskError for what cannot be written.
    """
    found = verify(kept)
    if found.any:
        said = "\n".join(found.lines())
        raise VerifyDifference(f"{kept.reports}: is not what its manifest says, and no crate is made of it.\n{said}")
    target = kept.reports.with_name(kept.reports.name + ENDING)
    crate = _Crate(kept, described).whole()
    try:
        with tempfile.TemporaryDirectory() as place:
            packed = Path(place) / target.name
            crate.write_zip(packed)
            content = packed.read_bytes()
    except OSError as error:
        raise DiskError(f"{target}: cannot be packed ({error.strerror}).") from None
    write_bytes(target, content)
    return target


@dataclass
class _Crate:
    """The crate while it is made. known: the entity of each file of the run, by its path in the manifest."""

    kept: Kept
    described: Mapping[str, str]
    made: Any = None
    known: dict[str, Any] = field(default_factory=dict)

    def whole(self) -> Any:
        """The crate with all that belongs to it."""
        try:
            from rocrate.rocrate import ROCrate
        except ImportError:
            raise PlanError(
                "`epiladder crate` needs the library rocrate: `make setup-crate`, or `pip install rocrate`."
            ) from None
        self.made = ROCrate(gen_preview=False, version="1.1")
        self.made.metadata.extra_terms["resourceUsage"] = f"{TERMS}#resourceUsage"
        self._root()
        workflow = self._workflow()
        self._files()
        actions = [self._action(run) for run in self.kept.manifest["runs"] if run.get("started") and run.get("ended")]
        self._run(workflow, actions)
        return self.made

    def _root(self) -> None:
        manifest, plan = self.kept.manifest, self.kept.manifest["plan"]
        root = self.made.root_dataset
        root["name"] = plan["title"]
        root["description"] = plan.get("question") or f"Report of the study {plan['id']}, and how it was made."
        root["license"] = self._licence((plan.get("data") or {}).get("licence") or NO_LICENCE)
        names = (plan.get("report") or {}).get("authors") or ()
        people = [self._add(f"#author/{at}", "Person", name=name) for at, name in enumerate(names, start=1)]
        if people:
            root["author"] = people
        self._read_me(root)
        root["datePublished"] = str(manifest["ended"] or "1970-01-01")[:10]
        for name, title in (("process", "Process"), ("workflow", "Workflow"), ("provenance", "Provenance")):
            profile = self._add(f"{PROFILES}/{name}/0.5", "CreativeWork", name=f"{title} Run Crate", version="0.5")
            root.append_to("conformsTo", profile)
        root.append_to("conformsTo", self._add(WORKFLOW, "CreativeWork", name="Workflow RO-Crate", version="1.0"))

    def _licence(self, said: str) -> Any:
        entity = said if said.startswith(("https://", "http://")) else "#licence"
        return self._add(entity, "CreativeWork", name=said, description="The licence of the study's data.")

    def _read_me(self, root: Any) -> None:
        folder = self.kept.manifest["folders"]["reports"].rsplit("/", 1)[-1]
        text = io.StringIO(READ_ME.format(title=root["name"], about=root["description"], study=folder))
        about = {"name": "README", "encodingFormat": "text/markdown", "about": {"@id": "./"}}
        self.made.add_file(text, "README.md", properties=about)

    def _workflow(self) -> Any:
        source = PACKAGE.parent / "Snakefile"
        if not source.is_file():
            raise DiskError(
                f"{source}: is not there, and a crate holds the workflow. Install epiladder from its folder."
            )
        kinds = ["File", "SoftwareSourceCode", "ComputationalWorkflow", "HowTo"]
        about = {"@type": kinds, "name": "epiladder", "version": __version__, "description": "Multilevel analysis."}
        about |= {"encodingFormat": "text/plain", "conformsTo": {"@id": BIOSCHEMAS}}
        versions = self.kept.manifest["environment"]
        return self.made.add_workflow(
            str(source),
            "workflow/Snakefile",
            main=True,
            lang="snakemake",
            properties=about,
            lang_version=versions.get("snakemake"),
        )

    def _files(self) -> None:
        """Released files are in the crate; inputs and restricted outputs are told of."""
        for row in self.kept.manifest["outputs"]:
            if row["label"] == "releasable":
                self.known[row["path"]] = self._released(row)
            else:
                self.known[row["path"]] = self._restricted(row["path"], row, f"results/{self._inside(row['path'])}")
        folder = self.kept.manifest["folders"]["study"]
        for row in self.kept.manifest["inputs"]:
            if is_address(row["path"]):
                self._addressed(row)
                continue
            path = Path(os.path.normpath(Path(folder) / row["path"])).as_posix()
            if path not in self.known:
                self.known[path] = self._restricted(path, row, f"input/{Path(row['path']).name}")

    def _addressed(self, row: dict[str, Any]) -> None:
        """What lay at an address is known by it, and by the copy that the commands read."""
        name = name_at(row["path"])
        made = self._restricted(row["path"], row, f"input/{row['sha256'][:12]}-{name}")
        made["url"] = row["path"]
        beside = Path(self.kept.manifest["folders"]["results"]).parent
        self.known[row["path"]] = self.known[(beside / KEPT / row["sha256"] / name).as_posix()] = made

    def _inside(self, path: str) -> str:
        return path.removeprefix(self.kept.manifest["folders"]["results"] + "/")

    def _released(self, row: dict[str, Any]) -> Any:
        name = row["path"].removeprefix(self.kept.manifest["folders"]["reports"] + "/")
        about = {"name": name, "sha256": row["sha256"], "contentSize": str(row["bytes"])}
        about |= {"encodingFormat": KINDS.get(Path(name).suffix, "application/octet-stream")}
        return self.made.add_file(str(self.kept.now(row["path"])), name, properties=about)

    def _restricted(self, path: str, row: dict[str, Any], name: str) -> Any:
        return self._add(
            f"#restricted/{name}",
            "CreativeWork",
            name=name,
            description="Restricted: it stays with the data, and is not part of this crate.",
            identifier=f"urn:sha256:{row['sha256']}",
            sha256=row["sha256"],
            size=str(row["bytes"]),
            encodingFormat=KINDS.get(Path(path).suffix, "application/octet-stream"),
        )

    def _action(self, run: dict[str, Any]) -> Any:
        verb, name = run["command"][1], run["rule"]
        used = [self._usage(name, key, run[key]) for key in UNITS if run.get(key) is not None]
        about = {
            "name": f"epiladder {name}",
            "description": " ".join(_without_folders(word) for word in run["command"]),
            "startTime": _second(run["started"]),
            "endTime": _second(run["ended"]),
            "actionStatus": STATUS[run["exit_code"] == 0],
            "object": self._of(run.get("read", ())),
            "result": self._of([one["path"] for one in run.get("written", ())]),
            "resourceUsage": used,
        }
        about = {key: value[0] if _is_alone(value) else value for key, value in about.items() if value}
        made = self._add(f"#run/{name}", "CreateAction", **about)
        made["instrument"] = self._tool(verb)
        self.made.root_dataset.append_to("mentions", made)
        return made

    def _of(self, paths: Any) -> list[Any]:
        return [self.known[path] for path in paths if path in self.known]

    def _usage(self, name: str, key: str, value: float) -> Any:
        about = {"name": key.replace("_", " "), "propertyID": f"{TERMS}#{key}", "value": str(value)}
        return self._add(f"#usage/{name}/{key}", "PropertyValue", **about, unitCode=UNITS[key])

    def _tool(self, verb: str) -> Any:
        said = " ".join(self.described.get(verb, "").split())
        about = {"name": f"epiladder {verb}", "description": said, "softwareVersion": __version__}
        return self.made.get(f"#tool/{verb}") or self._add(f"#tool/{verb}", "SoftwareApplication", **about)

    def _run(self, workflow: Any, actions: list[Any]) -> None:
        """The run as a whole, its steps, and the engine that put them in order."""
        manifest, tools, controls = self.kept.manifest, [], []
        for at, action in enumerate(actions, start=1):
            tool = action["instrument"]
            step = self._add(f"#step/{action['name'].split()[-1]}", "HowToStep", position=str(at), name=action["name"])
            step["workExample"] = tool
            controls.append(self._add(f"#control/{at}", "ControlAction", name=f"control of {action['name']}"))
            controls[-1]["instrument"], controls[-1]["object"] = step, action
            workflow.append_to("step", step)
            tools += [tool] if tool not in tools else []
        workflow["hasPart"] = tools
        released = [self.known[row["path"]] for row in manifest["outputs"] if row["label"] == "releasable"]
        inputs = [one for one in dict.fromkeys(self.known.values()) if one.id.startswith("#restricted/input/")]
        about = {"name": f"Run of {manifest['study']}", "startTime": _second(manifest["started"])}
        about |= {"endTime": _second(manifest["ended"])}
        whole = self._add("#run", "CreateAction", **{key: value for key, value in about.items() if value})
        whole["description"] = "All commands of the study, from its file and data to the report."
        whole["instrument"], whole["object"], whole["result"] = workflow, inputs, released
        self.made.root_dataset.append_to("mentions", whole)
        engine = self._add(SNAKEMAKE, "SoftwareApplication", name="Snakemake", url=SNAKEMAKE)
        engine["softwareVersion"] = str(manifest["environment"].get("snakemake"))
        organised = self._add("#engine", "OrganizeAction", name="Execution by Snakemake")
        organised["instrument"], organised["object"], organised["result"] = engine, controls, whole

    def _add(self, entity: str, kind: str, **properties: Any) -> Any:
        from rocrate.model.contextentity import ContextEntity

        return self.made.add(ContextEntity(self.made, entity, properties={"@type": kind, **properties}))


def _second(time: str | None) -> str | None:
    """A time of ISO 8601 to the second: 2026-03-04T05:06:07+00:00."""
    return time and datetime.fromisoformat(time).isoformat(timespec="seconds")


def _is_alone(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1


def _without_folders(word: str) -> str:
    """A word of a command; of a path that begins at the root, or above, its name alone."""
    return Path(word).name if word.startswith(("/", "..", "~")) else word

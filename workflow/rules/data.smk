# From a study file and its table to rows that can be trusted.


rule plan:
    input:
        study=study_file,
    output:
        plan="<results>/{study}/plan.json",
    log:
        "<results>/{study}/logs/plan.log",
    benchmark:
        "<results>/{study}/benchmarks/plan.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.plan, parent=True),
        code=digests.code("plan"),
        versions=digests.versions("plan"),
        plan=plan_part("plan"),
        blind=blind_flag,
    shell:
        "epiladder plan {input.study:q} --results {params.results:q} {params.blind} 2>&1 | tee {log:q}"


# Always ends well, with its findings: a failing rule's outputs would be deleted, and the findings with them.
rule validate:
    input:
        study=ancient(study_file),
        plan=plan_for("validate"),
        data=data_files,
    output:
        validation="<results>/{study}/validation.json",
        accounting="<results>/{study}/data/accounting.json",
        rejected="<results>/{study}/data/rejected.csv",
        rows="<results>/{study}/data/rows.parquet",
        description="<results>/{study}/data/description.json",
        missingness="<results>/{study}/data/missingness.json",
    log:
        "<results>/{study}/logs/validate.log",
    benchmark:
        "<results>/{study}/benchmarks/validate.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.validation, parent=True),
        code=digests.code("validate"),
        versions=digests.versions("validate"),
        plan=plan_part("validate"),
        blind=blind_flag,
    shell:
        "epiladder validate {input.study:q} --results {params.results:q} {params.blind} 2>&1 | tee {log:q}"


# Stops the study here, with the list of findings, when one of them says so.
rule gate:
    input:
        validation="<results>/{study}/validation.json",
    output:
        passed="<results>/{study}/data/passed.json",
    log:
        "<results>/{study}/logs/gate.log",
    benchmark:
        "<results>/{study}/benchmarks/gate.tsv"
    threads: 1
    resources:
        mem_mb=memory,
        runtime=minutes,
    params:
        results=subpath(output.passed, ancestor=2),
        code=digests.code("gate"),
        versions=digests.versions("gate"),
        plan=plan_part("gate"),
    shell:
        "epiladder gate --results {params.results:q} 2>&1 | tee {log:q}"
